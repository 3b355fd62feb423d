// The two questions a reflector asks about a collection, and one about a single object: list, watch, get.
import type { KubeObject, ResourceType } from '../core/kubernetes.ts';
import { Fault, isFault } from './errors.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** Which objects of a kind: of one namespace or all, and with these labels. */
export interface Selection {
  readonly namespace?: string;
  readonly matchLabels?: Readonly<Record<string, string>>;
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
}

export interface ListWatch {
  readonly type: ResourceType;
  readonly selection: Selection;
  /** One page; `token` continues after an earlier one. */
  page(token: string | undefined, signal: AbortSignal): Promise<Page>;
  watch(resourceVersion: string, timeoutSeconds: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** The object of this name, if there is one and the selection has it. */
  get(name: string, namespace: string | undefined, signal: AbortSignal): Promise<KubeObject | undefined>;
}

const pageSize = 500;

export function listWatch(transport: Transport, type: ResourceType, selection: Selection): ListWatch {
  const labelSelector = Object.entries(selection.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  const base = labelSelector.length === 0 ? {} : { labelSelector: labelSelector.join(',') };
  const location = { type, ...(selection.namespace === undefined ? {} : { namespace: selection.namespace }) };
  const request = (verb: ApiRequest['verb'], query: Record<string, string>): ApiRequest => ({
    verb,
    location,
    query: { ...base, ...query },
  });
  return {
    type,
    selection,
    page: async (token, signal) => {
      const query = { limit: String(pageSize), ...(token === undefined ? {} : { continue: token }) };
      return pageOf(await transport.request(request('list', query), signal), type);
    },
    watch: (resourceVersion, timeoutSeconds, signal) => {
      const query = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion };
      return transport.stream(request('watch', { ...query, timeoutSeconds: String(timeoutSeconds) }), signal);
    },
    get: async (name, namespace, signal) => {
      try {
        const where = { type, name, ...(namespace === undefined ? {} : { namespace }) };
        const object = completed(
          (await transport.request({ verb: 'get', location: where }, signal)) as KubeObject,
          type,
        );
        return isSelected(object, selection) ? object : undefined;
      } catch (error) {
        if (isFault(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}

/** Every object of a selection, read page by page. */
export async function listAll(api: ListWatch, signal: AbortSignal): Promise<{ items: KubeObject[]; version: string }> {
  const items: KubeObject[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await api.page(token, signal);
    items.push(...page.items);
    if (page.continue === undefined) return { items, version: page.resourceVersion };
    token = page.continue;
  }
}

function isSelected({ metadata }: KubeObject, { namespace, matchLabels }: Selection): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return Object.entries(matchLabels ?? {}).every(([name, value]) => metadata.labels?.[name] === value);
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

function pageOf(body: unknown, type: ResourceType): Page {
  const { metadata, items } = body as ListBody;
  if (metadata?.resourceVersion === undefined || items === undefined)
    throw new Fault('ResponseInvalid', `list ${type.plural}: the answer is no list`);
  return {
    items: (items ?? []).map((item) => completed(item, type)),
    resourceVersion: metadata.resourceVersion,
    continue: metadata.continue === '' ? undefined : metadata.continue,
  };
}

/** Items of a list lack their kind; and managedFields, often half of an object, are of no use in a cache. */
export function completed(object: KubeObject, type: ResourceType): KubeObject {
  const fields = Object.entries(object.metadata).filter(([field]) => field !== 'managedFields');
  const metadata = Object.fromEntries(fields) as KubeObject['metadata'];
  return { ...object, apiVersion: type.apiVersion, kind: type.kind, metadata };
}
