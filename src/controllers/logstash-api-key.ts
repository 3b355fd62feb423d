// Logstash's API key: looks at its Secret and at Elasticsearch, and carries out what core planned. The key's value goes from one to the other and nowhere else.
import {
  type ApiKeyObserved,
  apiKeyName,
  type ApiKeyPlan,
  apiKeySecret,
  createApiKeySecret,
} from '../core/logstash/api-key.ts';
import { names } from '../core/names.ts';
import { activeApiKeys, createApiKey, invalidateApiKeys, type NewApiKey } from '../elasticsearch/api-keys.ts';
import type { EsClient } from '../elasticsearch/client.ts';
import type { StackConnection } from '../elasticsearch/clients.ts';
import { isEsFault } from '../elasticsearch/faults.ts';
import { indexTemplateExists } from '../elasticsearch/look.ts';
import { isFault } from '../kube/errors.ts';
import type { Look } from './framework.ts';

/** One request to Elasticsearch when the Secret is there, two when it is not. */
export async function observeApiKey(
  look: Look,
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<ApiKeyObserved> {
  const { identity } = look.stack;
  const reference = apiKeySecret(identity);
  const cached = look.live(reference);
  if (connection === undefined) {
    const message = 'No Elasticsearch node is ready yet.';
    return { secret: cached, cluster: { answered: false, code: 'EsUnreachable', message } };
  }
  const { client } = connection;
  try {
    const keys = await activeApiKeys(client, apiKeyName(identity), signal);
    const ids = keys.map((key) => key.id);
    // A Secret that lost its label is not in the cache: look before a second key is made.
    const secret = cached ?? (await look.runtime.client.find(reference, signal));
    const template =
      secret !== undefined || (await indexTemplateExists(client, names.indexTemplate(identity.name), signal));
    return { secret, cluster: { answered: true, activeKeys: ids, indexTemplateExists: template } };
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return { secret: cached, cluster: { answered: false, code: error.code, message: error.message } };
  }
}

const keyWords = { issueApiKey: 'make the API key of Logstash', invalidateApiKeys: 'end old API keys of Logstash' };

/** Carries out the plan. Returns why it stopped, if Elasticsearch refused something; a later look goes on. */
export async function actApiKey(
  look: Look,
  plan: ApiKeyPlan,
  connection: StackConnection | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (connection === undefined) return undefined;
  const { client } = connection;
  try {
    for (const action of plan.actions) {
      if (action.kind === 'delete') await look.act([action], signal);
      else if (look.heldBack !== undefined) look.heldBack.push(keyWords[action.kind]);
      else if (action.kind === 'invalidateApiKeys') await invalidateApiKeys(client, action.ids, signal);
      else {
        const key = await createApiKey(client, action.name, action.roleDescriptors, signal);
        await storeApiKey(look, client, key, signal);
      }
    }
    return undefined;
  } catch (error) {
    if (!isEsFault(error) || error.code === 'EsAborted') throw error;
    return error.message;
  }
}

/** Faults after which the Secret may be there all the same: its key must go on working. A later look ends a key too many. */
const unsure = ['Unreachable', 'TimedOut', 'ServerError', 'ResponseTooLarge', 'ResponseInvalid', 'Aborted'] as const;

/** Makes the Secret of a new key. Where that is refused the key ends at once: each further try would leave one more. */
async function storeApiKey(look: Look, client: EsClient, key: NewApiKey, signal: AbortSignal): Promise<void> {
  try {
    await look.act([createApiKeySecret(look.stack, key.credentials)], signal);
  } catch (error) {
    if (!isFault(error, ...unsure)) await endApiKey(look, client, key.id, signal);
    throw error;
  }
}

/** A failure is logged only: why the Secret could not be made is the news, and a later look ends the key. */
async function endApiKey({ stack, runtime }: Look, client: EsClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    await invalidateApiKeys(client, [id], signal);
  } catch (error) {
    if (!isEsFault(error)) throw error;
    runtime.log.warn({ stack: stack.identity.name, id, error: error.message }, 'an API key could not be ended');
  }
}
