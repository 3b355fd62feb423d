// What a stack's Elasticsearch consists of in Kubernetes, built from the resolved stack alone.
export { desiredPoolConfig, poolConfigName, type PoolConfigFacts } from './config.ts';
export { isMasterEligible, servesClients } from './pool-labels.ts';
export { desiredShared, httpPort } from './shared.ts';
export { desiredStatefulSet, type StatefulSetFacts } from './stateful-set.ts';
