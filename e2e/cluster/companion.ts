// A program beside the control plane: serves storage claims and, when asked, simulates nodes. Started by `up`.
import { parseArgs } from 'node:util';
import { provision } from './provisioner.ts';
import { RestClient } from './rest.ts';
import { simulateNodes } from './simulated-nodes.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    volumes: { type: 'string' },
    'simulated-nodes': { type: 'string', default: '0' },
  },
});
if (values.kubeconfig === undefined || values.volumes === undefined) {
  throw new Error('usage: companion.ts --kubeconfig <path> --volumes <directory> [--simulated-nodes <count>]');
}
const client = await RestClient.open(values.kubeconfig, 'loggingstack-e2e-companion');
const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
});
await Promise.all([
  provision(client, values.volumes, stop.signal),
  simulateNodes(client, Number(values['simulated-nodes']), stop.signal),
]);
