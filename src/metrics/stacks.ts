// Figures of the stacks that exist, read from their status at each scrape: a stack that is gone leaves no series behind.
import type { LoggingStackStatus } from '../api/logging-stack-status.ts';
import { liftableRules, unliftableRules } from '../api/rule-names.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import type { Moving } from '../core/elasticsearch/moving.ts';

/** One value of a gauge. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Stands for the name of a rule that this operator does not know, so that the label stays one of a closed set. */
export const unknownRule = 'Other';

const rules: ReadonlySet<string> = new Set([...liftableRules, ...unliftableRules]);

/** What is measured of one stack. */
export interface StackFigures {
  readonly conditions: readonly Sample[];
  readonly nodesDesired: readonly Sample[];
  readonly nodesReady: readonly Sample[];
  readonly nodesUpdated: readonly Sample[];
  readonly blocked: readonly Sample[];
  readonly shardsMoving: readonly Sample[];
  readonly bytesMoving: readonly Sample[];
}

/** @param moving what moved at the last look at this stack; undefined when nobody has looked, or nobody answered */
export function figuresOf(stack: KubeObject, moving: Moving | undefined, now: Date): StackFigures {
  const { name, namespace = '' } = stack.metadata;
  const own = { namespace, stack: name };
  const { conditions = [], elasticsearch, blocked = [] } = (stack['status'] ?? {}) as LoggingStackStatus;
  const pools = elasticsearch?.pools ?? [];
  const perPool = (field: 'desired' | 'ready' | 'updated'): readonly Sample[] =>
    pools.map((pool) => ({ labels: { ...own, pool: pool.name }, value: pool[field] }));
  const whole = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ labels: own, value }]);
  return {
    conditions: conditions.map(({ type, status }) => ({ labels: { ...own, type, status }, value: 1 })),
    nodesDesired: perPool('desired'),
    nodesReady: perPool('ready'),
    nodesUpdated: perPool('updated'),
    blocked: longest(blocked, now).map(([rule, value]) => ({ labels: { ...own, rule }, value })),
    shardsMoving: whole(moving?.shards),
    bytesMoving: whole(moving?.bytes),
  };
}

/** The longest time for each rule, in seconds. */
function longest(
  blocked: NonNullable<LoggingStackStatus['blocked']>,
  now: Date,
): readonly (readonly [string, number])[] {
  const byRule = Map.groupBy(blocked, ({ rule }) => (rules.has(rule) ? rule : unknownRule));
  return [...byRule].map(([rule, entries]) => {
    const ages = entries.map(({ since }) => (now.getTime() - Date.parse(since)) / 1000);
    return [rule, Math.max(0, ...ages.filter((age) => !Number.isNaN(age)))];
  });
}
