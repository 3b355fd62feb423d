// Preloaded into the operator under test: leads the names of Services, which no DNS knows beside simulated pods, to the Elasticsearch stand-in.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const address = process.env['STAND_IN_ADDRESS'] ?? '';
const real = dns.lookup;

type Callback = (error: Error | null, address: string | dns.LookupAddress[], family?: number) => void;

function lookup(hostname: string, options: unknown, callback?: unknown): void {
  const done = (typeof options === 'function' ? options : callback) as Callback;
  if (!hostname.endsWith('.svc')) {
    Reflect.apply(
      real,
      dns,
      [hostname, options, callback].filter((one) => one !== undefined),
    );
    return;
  }
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  if (all) done(null, [{ address, family: 4 }]);
  else done(null, address, 4);
}

dns.lookup = lookup as typeof dns.lookup;
syncBuiltinESMExports();
