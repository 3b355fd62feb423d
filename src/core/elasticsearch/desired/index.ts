// What a stack's Elasticsearch consists of in Kubernetes, built from the resolved stack alone.
export { desiredPoolConfig, poolConfigName } from './config.ts';
export { desiredShared, httpPort } from './shared.ts';
export { claimRetention, desiredStatefulSet } from './stateful-set.ts';
