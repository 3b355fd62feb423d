// For tests: a stack resolved from a spec, as the operator would resolve it.
import type { LoggingStackSpec } from '../api/logging-stack.ts';
import { operatorConfig } from '../api/operator-config.ts';
import { noRequests, type Requests } from './requests.ts';
import type { StackRepositoryUse } from './snapshots/repositories.ts';
import { type ResolvedStack, resolveStack } from './stack.ts';

const image = (name: string) => ({ default: { image: `example.test/${name}:{version}` } });

export const exampleIdentity = { name: 'logs', namespace: 'team', uid: 'uid-1', generation: 1 } as const;

/** The six-line stack, with whatever the test adds to its spec and to the operator's configuration. */
export function exampleStack(
  spec: Partial<LoggingStackSpec> = {},
  config: Record<string, unknown> = {},
  requests: Requests = noRequests,
  repositories: readonly StackRepositoryUse[] = [],
): ResolvedStack {
  const images = {
    elasticsearch: image('elasticsearch'),
    kibana: image('kibana'),
    logstash: image('logstash'),
    filebeat: image('filebeat'),
  };
  const operator = operatorConfig.parse({ images, ...config });
  return resolveStack(exampleIdentity, { version: '9.4.3', ...spec }, requests, operator, repositories);
}
