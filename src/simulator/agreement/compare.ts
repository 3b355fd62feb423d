// Compares what stands at rest with what a case expects. The simulator and a real Elasticsearch are judged by the same words.
import type { Expected, ExpectedIndex } from './case.ts';

export interface RestingCopy {
  readonly index: string;
  readonly shard: number;
  /** Undefined while it is unassigned. */
  readonly node: string | undefined;
}

/** A cluster at rest: nothing moves, and nothing will. */
export interface AtRest {
  readonly health: Expected['health'];
  readonly members: readonly string[];
  readonly master: string | undefined;
  /** Names of the voting configuration. */
  readonly voters: readonly string[];
  readonly copies: readonly RestingCopy[];
  /** By index: `index.number_of_replicas`. */
  readonly replicas: Readonly<Record<string, number>>;
  /** By index: whether a document was taken in. */
  readonly writable: Readonly<Record<string, boolean>>;
}

/** What differs, one line each; empty when all agrees. */
export function disagreements(expected: Expected, found: AtRest): readonly string[] {
  const same = (what: string, wanted: unknown, is: unknown): readonly string[] =>
    wanted === undefined || text(wanted) === text(is) ? [] : [`${what}: expected ${text(wanted)}, found ${text(is)}`];
  const holders = new Set(found.copies.map((copy) => copy.node));
  return [
    ...same('health', expected.health, found.health),
    ...same('members', sorted(expected.members), sorted(found.members)),
    ...same('voters', sorted(expected.voters), sorted(found.voters)),
    ...same('number of voters', expected.voterCount, found.voters.length),
    ...(expected.noVoters ?? []).filter((name) => found.voters.includes(name)).map((name) => `${name} is a voter`),
    ...(expected.master === undefined || expected.master.includes(found.master ?? '')
      ? []
      : [`master: expected one of ${text(expected.master)}, found ${text(found.master)}`]),
    ...(expected.empty ?? []).filter((name) => holders.has(name)).map((name) => `${name} is not empty`),
    ...(expected.notEmpty ?? []).filter((name) => !holders.has(name)).map((name) => `${name} is empty`),
    ...Object.entries(expected.indices ?? {}).flatMap(([name, index]) => indexDisagreements(name, index, found)),
  ];

  function indexDisagreements(name: string, index: ExpectedIndex, rest: AtRest): readonly string[] {
    const copies = rest.copies.filter((copy) => copy.index === name);
    const placed = copies.filter((copy) => copy.node !== undefined);
    const shards = new Set(copies.map((copy) => copy.shard));
    const on = (shard: number, node: string) => placed.some((copy) => copy.shard === shard && copy.node === node);
    return [
      ...same(`${name}: started`, index.started, placed.length),
      ...same(`${name}: unassigned`, index.unassigned, copies.length - placed.length),
      ...same(`${name}: replicas`, index.replicas, rest.replicas[name]),
      ...same(`${name}: writable`, index.writable, rest.writable[name]),
      ...placed
        .filter((copy) => index.onlyOn !== undefined && !index.onlyOn.includes(copy.node ?? ''))
        .map((copy) => `${name}: a copy is on ${copy.node ?? ''}`),
      ...(index.allOn ?? [])
        .filter((node) => ![...shards].every((shard) => on(shard, node)))
        .map((node) => `${name}: not every shard is on ${node}`),
    ];
  }
}

const sorted = (names: readonly string[] | undefined): readonly string[] | undefined => names?.toSorted();

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
