// The part of the bench that runs inside the node's network; started by e2e/bench/rollout.ts.
import { parseArgs } from 'node:util';
import { currentSite } from '../environment/site.ts';
import { interruptSignal } from '../run/interrupt.ts';
import { partLines, resultOf, type Run, table } from './figures.ts';
import { bareRun, operatorRun } from './runs.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
});
const signal = interruptSignal();
const log = (line: string): void => {
  console.log(line);
};
const around = { site: currentSite({ signal }), log, signal };
const wanted = Number(values.runs);
const runs: Run[] = [];

function note(run: Run): void {
  runs.push(run);
  const own = run.ownSeconds === undefined ? '' : `, its own Ready after ${run.ownSeconds.toFixed(1)} s`;
  log(
    `${run.kind}: ready after ${run.seconds.toFixed(1)} s${own}; load before ${run.loadBefore.toFixed(1)}\n${partLines(run)}`,
  );
}

for (let number = 1; number <= wanted; number += 1) {
  log(`run ${number} of ${wanted}: by the operator`);
  const { exported, ...byOperator } = await operatorRun(around);
  note(byOperator);
  log(`run ${number} of ${wanted}: ${exported.objects.length} objects bare, with the operator stopped`);
  note(await bareRun(exported, around));
}
const result = resultOf(runs);
log(values.json ? JSON.stringify(result) : table(result));
process.exit(0);
