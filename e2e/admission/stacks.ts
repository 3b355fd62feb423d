// Objects of one of our kinds, in one API group, on the API server: installs a definition, then creates and changes objects.
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, ApiServer } from './api-server.ts';
import type { Change, Manifest } from './corpus.ts';
import { expanded } from './corpus.ts';

/** A CustomResourceDefinition; it is sent whole. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string } };
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const namespace = 'admission';

/** A busy machine may make the API server time out, which says nothing about the definition. */
async function applyPatiently(api: ApiServer, path: string, body: unknown): Promise<Answer> {
  let answer = await api.apply(path, body);
  for (let attempt = 1; attempt < 5 && (answer.status === 429 || answer.status >= 500); attempt += 1) {
    await delay(1000 * attempt);
    answer = await api.apply(path, body);
  }
  return answer;
}

export class Stacks {
  readonly #api: ApiServer;
  readonly #group: string;
  readonly #definition: string;
  readonly #collection: string;

  private constructor(api: ApiServer, { metadata, spec: { group, names } }: Definition) {
    this.#api = api;
    this.#group = group;
    this.#definition = metadata.name;
    this.#collection = `/apis/${group}/v1alpha1/namespaces/${namespace}/${names.plural}`;
  }

  /** Installs a definition and waits until it is served. */
  static async install(api: ApiServer, definition: Definition): Promise<Stacks> {
    const { name } = definition.metadata;
    const answer = await applyPatiently(api, `${definitions}/${name}`, definition);
    if (answer.status >= 300) throw new Error(`the definition ${name} is refused: ${JSON.stringify(answer.body)}`);
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const stacks = new Stacks(api, definition);
    await stacks.#served();
    return stacks;
  }

  async #served(): Promise<void> {
    for (let attempt = 0; attempt < 3000; attempt += 1) {
      if ((await this.#api.get(this.#collection)).status === 200) return;
      await delay(50);
    }
    throw new Error(`${this.#collection} is not served after 3000 attempts`);
  }

  /** Creates a stack, under a name of its own if one is given. Strict validation, as kubectl asks for. */
  create(manifest: Manifest, name = manifest.metadata.name): Promise<Answer> {
    const body = { ...manifest, apiVersion: `${this.#group}/v1alpha1`, metadata: { ...manifest.metadata, name } };
    return this.#api.create(`${this.#collection}?fieldValidation=Strict`, body);
  }

  /** As create, without storing anything. */
  tryToCreate(manifest: Manifest, fieldValidation = 'Strict'): Promise<Answer> {
    const body = { ...manifest, apiVersion: `${this.#group}/v1alpha1` };
    return this.#api.create(`${this.#collection}?fieldValidation=${fieldValidation}&dryRun=All`, body);
  }

  get(name: string): Promise<Answer> {
    return this.#api.get(`${this.#collection}/${name}`);
  }

  /** The columns that kubectl get shows, by their names. */
  async columns(name: string): Promise<Readonly<Record<string, unknown>>> {
    const { body } = await this.#api.getTable(`${this.#collection}/${name}`);
    const { columnDefinitions, rows } = body as unknown as Table;
    return Object.fromEntries(columnDefinitions.map((column, index) => [column.name, rows[0]?.cells[index]]));
  }

  delete(name: string): Promise<Answer> {
    return this.#api.delete(`${this.#collection}/${name}`);
  }

  /** Changes a stored stack, or its status; `dryRun` stores nothing. */
  change(name: string, change: Change, { subresource = '', dryRun = true } = {}): Promise<Answer> {
    const query = `fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    return this.#api.change(`${this.#collection}/${name}${subresource}?${query}`, [expanded(change)]);
  }

  /** Deletes the definition, and its stacks with it. */
  async remove(): Promise<void> {
    await this.#api.delete(`${definitions}/${this.#definition}`);
  }
}
