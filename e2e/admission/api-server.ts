// The API server as these tests ask it: any request, and its whole answer, because the words of a refusal are what is tested.
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

/** One reason of a refusal: the field and what is wrong with it. */
interface Cause {
  readonly field: string;
  readonly message: string;
}

export interface Answer {
  readonly status: number;
  /** The object, or the Status that says why not. */
  readonly body: Readonly<Record<string, unknown>>;
}

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

const decode = (base64 = ''): string => Buffer.from(base64, 'base64').toString('utf8');

export class ApiServer implements AsyncDisposable {
  readonly #server: string;
  readonly #agent: Agent;

  private constructor(server: string, agent: Agent) {
    this.#server = server;
    this.#agent = agent;
  }

  static async open(kubeconfigPath: string): Promise<ApiServer> {
    const { clusters, users } = parse(await readFile(kubeconfigPath, 'utf8')) as Kubeconfig;
    const ca = decode(clusters[0]?.cluster['certificate-authority-data']);
    const cert = decode(users[0]?.user['client-certificate-data']);
    const key = decode(users[0]?.user['client-key-data']);
    return new ApiServer(clusters[0]?.cluster.server ?? '', new Agent({ connect: { ca, cert, key }, connections: 4 }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    accept = 'application/json',
  ): Promise<Answer> {
    const headers = { accept, 'content-type': type, 'user-agent': 'admission-tests' };
    const text = body === undefined ? null : JSON.stringify(body);
    const answer = await request(`${this.#server}${path}`, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers,
      body: text,
    });
    const raw = await answer.body.text();
    // A path that is not served (yet) is answered in plain text.
    return {
      status: answer.statusCode,
      body: raw.startsWith('{') ? (JSON.parse(raw) as Answer['body']) : { message: raw },
    };
  }

  get = (path: string): Promise<Answer> => this.#send('GET', path);
  /** As the table that kubectl prints. */
  getTable = (path: string): Promise<Answer> =>
    this.#send('GET', path, undefined, 'application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io');
  delete = (path: string): Promise<Answer> => this.#send('DELETE', path);
  create = (path: string, body: unknown): Promise<Answer> => this.#send('POST', path, body);
  /** JSON Patch: a list of changes. */
  change = (path: string, changes: readonly unknown[]): Promise<Answer> =>
    this.#send('PATCH', path, changes, 'application/json-patch+json');
  apply = (path: string, body: unknown): Promise<Answer> =>
    this.#send('PATCH', `${path}?fieldManager=admission-tests&force=true`, body, 'application/apply-patch+yaml');
}

/** The API server adds this when it stops before the rules: no reason of its own. */
const rulesNotChecked = 'some validation rules were not checked';

/** Why the API server refused: each field with its message. */
export function causesOf(answer: Answer): readonly Cause[] {
  const details = answer.body['details'] as { causes?: readonly Cause[] } | undefined;
  return (details?.causes ?? []).filter((cause) => !cause.message.includes(rulesNotChecked));
}
