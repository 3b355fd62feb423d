// Runs cases inside the node's network namespace, started by e2e/main.ts; leaves its counts in a file.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { deepCases, nodeTierCases } from './cases/all.ts';
import { interruptSignal } from './run/interrupt.ts';
import { runCases } from './run/runner.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    counts: { type: 'string', default: '' },
  },
});

const wanted = values.cases.split(',');
const cases = wanted.map((name) => {
  const one = [...nodeTierCases, ...deepCases].find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`no case is called "${name}"`);
  return one;
});
const counts = await runCases(cases, Number(values.seed), interruptSignal());
await writeFile(values.counts, JSON.stringify(counts));
process.exit(0);
