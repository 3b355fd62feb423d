// What a request to the API server asks for, read from its method and URL the way the server's audit log would name it.

export interface SeenRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly userAgent: string;
  /** Address of the client; empty where it is not known. */
  readonly client: string;
  /** As in RBAC: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** Plural name; empty for what is no resource (and for everything on Elasticsearch). */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** True when it may change something. */
  readonly mutating: boolean;
  /** The answer's status, once there is one; 0 when the proxy broke the connection instead. */
  status: number | undefined;
}

/** All that are given must hold. */
export interface Match {
  readonly verb?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly userAgent?: string | RegExp;
  readonly method?: string;
  readonly url?: RegExp;
  readonly mutating?: boolean;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** /api/v1/… or /apis/<group>/<version>/…, then perhaps a namespace, then resource, name, subresource. */
const resourcePath =
  /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

export function parseRequest(method: string, url: string, userAgent: string, client = ''): SeenRequest {
  const { pathname, searchParams } = new URL(url, 'https://any');
  const [, namespace = '', resource = '', name = '', subresource = ''] = resourcePath.exec(pathname) ?? [];
  return {
    method,
    url,
    userAgent,
    client,
    verb: verbOf(method, name, searchParams),
    resource,
    subresource,
    namespace,
    name,
    mutating: !['GET', 'HEAD'].includes(method) && searchParams.get('dryRun') === null,
    status: undefined,
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  if (method === 'DELETE' && name === '') return 'deletecollection';
  const verb = verbs[method];
  if (verb !== undefined) return verb;
  if (['true', '1'].includes(query.get('watch') ?? '')) return 'watch';
  return name === '' ? 'list' : 'get';
}

export function matches(request: SeenRequest, match: Match): boolean {
  return Object.entries(match).every(([field, wanted]) => {
    const value = request[field as keyof Match];
    return wanted instanceof RegExp ? wanted.test(String(value)) : value === wanted;
  });
}
