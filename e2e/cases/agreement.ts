// The simulator's cases of allocation, quorum and tiers on a real Elasticsearch: what it does is what the simulator was made to do.
import { agreementCases } from '../../src/simulator/agreement/cases.ts';
import { Machine } from '../agreement/machine.ts';
import { playCases } from '../agreement/run.ts';
import type { CaseContext, Counts, TestCase } from './registry.ts';

/** Names of cases to play, separated by commas; all when it is not set. A part of them proves nothing. */
const chosen = (process.env['AGREEMENT_CASES'] ?? '').split(',').filter((name) => name !== '');

async function agreement({ log, signal }: CaseContext): Promise<Counts> {
  await using machine = await Machine.open(log);
  const cases = agreementCases.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  const counts = { passed: 0, failed: 0 };
  await playCases(machine, cases, signal, ({ name, lines, seconds }) => {
    counts[lines.length === 0 ? 'passed' : 'failed'] += 1;
    log(
      `${lines.length === 0 ? 'agrees' : 'DISAGREES'} ${name} (${seconds.toFixed(0)} s)${lines.map((line) => `\n  ${line}`).join('')}`,
    );
  });
  if (chosen.length > 0) throw new Error(`${JSON.stringify(counts)} of some cases only (AGREEMENT_CASES): no proof`);
  return counts;
}

/** On the host: its nodes are processes of their own, without Kubernetes. */
export const agreementHostCases: readonly TestCase[] = [
  {
    name: 'agreement',
    tier: 'deep',
    localOnly: 'it starts Elasticsearch nodes as processes of this machine',
    title: 'the simulator agrees with a real Elasticsearch on every case of allocation, quorum and tiers',
    minutes: 40,
    run: agreement,
  },
];
