// The part of the bench of operations that runs inside the node's network; started by e2e/bench/operations.ts.
import { parseArgs } from 'node:util';
import { currentSite } from '../environment/site.ts';
import { interruptSignal } from '../run/interrupt.ts';
import { median } from './figures.ts';
import { type Operation, operationRuns, operations } from './operation-runs.ts';

/** At most so many times the time that it takes by hand. */
const goals: Readonly<Record<Operation, number>> = { drain: 1.1, restart: 1.15, upgrade: 1.15 };

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, operations: { type: 'string', default: operations.join(',') } },
});
const signal = interruptSignal();
const log = (line: string): void => {
  console.log(line);
};
const wanted = operations.filter((one) => values.operations.split(',').includes(one));
const lines: string[] = [];
let missed = 0;
for (const operation of wanted) {
  const seconds: Record<'operator' | 'hand', number[]> = { operator: [], hand: [] };
  for (let number = 1; number <= Number(values.runs); number += 1) {
    // Neither side always has the warmer machine.
    const turns = number % 2 === 1 ? (['operator', 'hand'] as const) : (['hand', 'operator'] as const);
    for (const side of turns) {
      const took = await operationRuns[operation][side]({ site: currentSite({ signal }), log, signal });
      seconds[side].push(took);
      log(`${operation}, run ${number}, ${side === 'hand' ? 'by hand' : 'by the operator'}: ${took.toFixed(1)} s`);
    }
  }
  const [operator, hand] = [median(seconds.operator), median(seconds.hand)];
  const isMissed = operator / hand > goals[operation];
  missed += Number(isMissed);
  const listed = (list: readonly number[]): string => list.map((one) => one.toFixed(1)).join(', ');
  lines.push(
    `${operation.padEnd(8)} operator ${operator.toFixed(1)} s (${listed(seconds.operator)})   by hand ${hand.toFixed(1)} s (${listed(seconds.hand)})   ratio ${(operator / hand).toFixed(2)} (goal: ${goals[operation]} or less${isMissed ? ': MISSED' : ''})`,
  );
}
for (const line of lines) log(line);
process.exit(missed === 0 ? 0 : 1);
