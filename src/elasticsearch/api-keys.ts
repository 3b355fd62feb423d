// API keys of the operator's own user: what exists, a new one, an end to old ones.
import { z } from 'zod';
import type { EsClient } from './client.ts';

export interface ApiKeyState {
  readonly id: string;
  readonly name: string;
}

/** A new key. `credentials` is `id:key`, the only time that Elasticsearch tells it. */
export interface NewApiKey {
  readonly id: string;
  readonly credentials: string;
}

const keysAnswer = z.object({
  api_keys: z
    .array(z.object({ id: z.string().max(64), name: z.string().nullable().optional(), invalidated: z.boolean() }))
    .max(10_000),
});

/** The keys of this name that our user made and that still work. */
export async function activeApiKeys(
  client: EsClient,
  name: string,
  signal: AbortSignal,
): Promise<readonly ApiKeyState[]> {
  const query = { owner: true, name, filter_path: 'api_keys.id,api_keys.name,api_keys.invalidated,api_keys' };
  const answer = await client.read({ method: 'GET', path: '/_security/api_key', query }, keysAnswer, signal);
  return answer.api_keys.filter((key) => !key.invalidated).map((key) => ({ id: key.id, name }));
}

const createAnswer = z.object({ id: z.string().min(1), api_key: z.string().min(1) });

export async function createApiKey(
  client: EsClient,
  name: string,
  roleDescriptors: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<NewApiKey> {
  const body = { name, role_descriptors: roleDescriptors, metadata: { managed_by: 'loggingstack-operator' } };
  const answer = await client.write({ method: 'POST', path: '/_security/api_key', body }, createAnswer, signal);
  return { id: answer.id, credentials: `${answer.id}:${answer.api_key}` };
}

const invalidateAnswer = z.object({ error_count: z.literal(0) });

export async function invalidateApiKeys(client: EsClient, ids: readonly string[], signal: AbortSignal): Promise<void> {
  const body = { ids, owner: true };
  await client.write({ method: 'DELETE', path: '/_security/api_key', body }, invalidateAnswer, signal);
}
