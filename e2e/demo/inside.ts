// The part of the demo that runs inside the node's network; started by e2e/demo/main.ts.
import { showStack } from './run.ts';

await showStack(AbortSignal.timeout(30 * 60_000));
process.exit(0);
