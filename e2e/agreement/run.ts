// Plays agreement cases on real Elasticsearch clusters: one cluster after another becomes what the next case begins with.
import type { AgreementCase } from '../../src/simulator/agreement/case.ts';
import { disagreements } from '../../src/simulator/agreement/compare.ts';
import { CaseRun, reset } from './case-run.ts';
import { isMaster, RealCluster } from './cluster.ts';
import type { Machine } from './machine.ts';

/** What a case found, in lines; empty when the real Elasticsearch did what the case expects. */
export interface Outcome {
  readonly name: string;
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** Clusters that are played on at the same time: most of the time they wait for rest. */
const clustersAtOnce = 3;

/** So many cases may be played one after the other on the same cluster. */
const longestLine = 30;

const usesDisks = ({ nodes }: AgreementCase): boolean => nodes.some(({ diskMebibytes }) => diskMebibytes !== undefined);

/** Whether masters come or go for good. */
const changesMasters = ({ steps }: AgreementCase): boolean =>
  steps.some((step) => step.do === 'add' && step.nodes.some(isMaster));

/** Cases that one cluster can be played through with: it keeps its masters, and whether disks count. */
const kindOf = (one: AgreementCase): string =>
  JSON.stringify([one.nodes.filter(isMaster), usesDisks(one), changesMasters(one) ? one.name : '']);

/** Parts of about the same length, none too long, each of cases with similar nodes. */
function inParts(cases: readonly AgreementCase[]): readonly (readonly AgreementCase[])[] {
  const nodesOf = ({ nodes }: AgreementCase): string => JSON.stringify(nodes);
  const sorted = cases.toSorted((first, second) => nodesOf(first).localeCompare(nodesOf(second)));
  const each = Math.ceil(sorted.length / Math.ceil(sorted.length / longestLine));
  return Array.from({ length: Math.ceil(sorted.length / each) }, (_, part) =>
    sorted.slice(part * each, (part + 1) * each),
  );
}

let networks = 0;

/** Plays the cases that one cluster can be played through with; next comes always the one for which the fewest nodes must be started. */
class Line {
  readonly #machine: Machine;
  readonly #cases: AgreementCase[];
  #cluster: RealCluster | undefined;

  constructor(machine: Machine, cases: readonly AgreementCase[]) {
    this.#machine = machine;
    this.#cases = [...cases];
  }

  async play(signal: AbortSignal, report: (outcome: Outcome) => void): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      signal.throwIfAborted();
      const began = performance.now();
      const lines = await this.#playOne(next).catch(async (error: unknown) => {
        await this.#remove();
        return [error instanceof Error ? error.message : String(error)];
      });
      report({ name: next.name, lines, seconds: (performance.now() - began) / 1000 });
    }
    await this.#remove();
  }

  #next(): AgreementCase | undefined {
    const starts = ({ nodes }: AgreementCase): number => this.#cluster?.startsFor(nodes) ?? nodes.length;
    const [next] = this.#cases.toSorted((first, second) => starts(first) - starts(second));
    if (next !== undefined) this.#cases.splice(this.#cases.indexOf(next), 1);
    return next;
  }

  async #playOne(given: AgreementCase): Promise<readonly string[]> {
    if (this.#cluster !== undefined) {
      await reset(this.#cluster);
      await this.#cluster.become(given.nodes);
    }
    this.#cluster ??= await this.#start(given);
    return disagreements(given.expected, await new CaseRun(this.#cluster, given).play());
  }

  async #start(given: AgreementCase): Promise<RealCluster> {
    networks += 1;
    const cluster = new RealCluster(this.#machine, networks, usesDisks(given));
    const masters = given.nodes.filter(isMaster).map(({ name }) => name);
    this.#cluster = cluster; // also when it does not start: it must be taken away
    await cluster.add(given.nodes, masters);
    await cluster.rest({ members: given.nodes.length });
    return cluster;
  }

  async #remove(): Promise<void> {
    await this.#cluster?.remove();
    this.#cluster = undefined;
  }
}

/** Plays all cases. `report` is called as soon as one has ended. */
export async function playCases(
  machine: Machine,
  cases: readonly AgreementCase[],
  signal: AbortSignal,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const lines = [...Map.groupBy(cases, kindOf).values()]
    .flatMap(inParts)
    .toSorted((first, second) => second.length - first.length);
  const worker = async (): Promise<void> => {
    for (let line = lines.shift(); line !== undefined; line = lines.shift())
      await new Line(machine, line).play(signal, report);
  };
  await Promise.all(Array.from({ length: clustersAtOnce }, worker));
}
