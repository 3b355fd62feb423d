// Permissions as lines that people can review and programs can compare: of reviewed rules, of roles in a cluster, of the golden list.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A Role or ClusterRole, as in a manifest or as the API server returns it. */
export interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly PolicyRule[];
}

interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** Every permission of a role on a line of its own: `<group>/<resource>[:<name>] <verb>`; the core group is `core`. */
export function permissionsOf(role: Role): readonly string[] {
  const lines = (role.rules ?? []).flatMap((rule) =>
    targetsOf(rule).flatMap((target) => rule.verbs.map((verb) => `${target} ${verb}`)),
  );
  return [...new Set(lines)].toSorted();
}

function targetsOf(rule: PolicyRule): readonly string[] {
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).map((resource) => `${group === '' ? 'core' : group}/${resource}`),
  );
  const named = rule.resourceNames?.length
    ? resources.flatMap((resource) => (rule.resourceNames ?? []).map((name) => `${resource}:${name}`))
    : resources;
  return [...named, ...(rule.nonResourceURLs ?? [])];
}

/** Permissions with which a holder could get any other, or into any pod. The operator must have none of them. */
export function forbiddenPermissions(lines: readonly string[]): readonly string[] {
  const patterns = [
    /\*/,
    / (escalate|impersonate|proxy)$/,
    // To bind a role that is not named is to hold all roles.
    /\/(cluster)?roles bind$/,
    /\/(cluster)?roles(:\S+)? (create|update|patch)$/,
    /^core\/pods\/(exec|attach|portforward|proxy|ephemeralcontainers) /,
    /^core\/nodes\/proxy /,
    /^core\/serviceaccounts\/token /,
    /^(certificates|admissionregistration|apiextensions)\.k8s\.io\/\S+ (create|update|patch|approve|sign)$/,
  ];
  return lines.filter((line) => patterns.some((pattern) => pattern.test(line)));
}

/** The reviewed permissions of each role, by `<kind> <name>`. */
export async function goldenPermissions(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await readFile(join(import.meta.dirname, 'golden.txt'), 'utf8');
  const golden = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
    const [, role] = /^\[(.+)\]$/.exec(line) ?? [];
    if (role !== undefined) golden.set(role, (current = []));
    else if (current === undefined)
      throw new Error(`tools/deploy/golden.txt: "${line}" stands before the first [role].`);
    else current.push(line);
  }
  return golden;
}
