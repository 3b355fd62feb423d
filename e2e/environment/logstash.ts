// Asks the API of a Logstash pod as the operator does: by TLS that is verified, with the password of the stack's own Secret.
import { Agent, request } from 'undici';
import { names } from '../../src/core/names.ts';
import { reach } from './reach.ts';
import type { Site } from './site.ts';
import type { Place } from './stacks.ts';

const apiPort = 9600;

const decode = (text = ''): string => Buffer.from(text, 'base64').toString();

/** The answer, as JSON. Throws when it is an error. */
export async function askLogstash(site: Site, { namespace, name }: Place, pod: string, path: string): Promise<unknown> {
  const secret = async (of: string): Promise<Record<string, string>> =>
    (await site.run.json<{ data: Record<string, string> }>(['get', 'secret', of, '-n', namespace])).data;
  const user = await secret(names.logstashApiUser(name));
  const ca = decode((await secret(names.logstashApiCertificate(name)))['ca.crt']);
  const said = Buffer.from(`${decode(user['username'])}:${decode(user['password'])}`).toString('base64');
  await using way = reach(site, namespace, `pod/${pod}`, apiPort);
  const { host, port } = await way.address();
  const servername = `${pod}.${names.logstash(name)}.${namespace}.svc`;
  const dispatcher = new Agent({ connect: { ca, servername } });
  try {
    const headers = { authorization: `Basic ${said}` };
    const { statusCode, body } = await request(`https://${host}:${port}${path}`, { dispatcher, headers });
    if (statusCode !== 200) throw new Error(`${pod} answered ${statusCode} to GET ${path}`);
    return await body.json();
  } finally {
    await dispatcher.destroy();
  }
}
