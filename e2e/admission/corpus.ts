// The corpus: right manifests, and wrong ones that are a right sibling with a single change.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { shownManifests } from './shown.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One operation of JSON Patch. In `value`, `{$repeat, $times}` is a long text; `{$count, $each}` a long list, with $keys a large map. */
export interface Change {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

export interface WrongCase {
  readonly name: string;
  /** The right manifest that this one differs from by `change`. */
  readonly sibling: string;
  readonly change: Change;
  /** The schema keyword that is broken, the rule (the beginning of its message), or `unknown` for a field that is not there. */
  readonly breaks: string | { readonly rule: string };
  /** The field that the API server must name. */
  readonly field?: string;
  /** What its message must contain. */
  readonly message: string;
}

const here = import.meta.dirname;
const samples = join(here, '..', '..', 'deploy', 'samples');

const yamlFiles = (directory: string): readonly string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(directory, name));

const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));

/** The right manifests by file name, the shipped samples among them as `sample-<name>`, and those that pages show. */
export function rightManifests(): ReadonlyMap<string, Manifest> {
  const from = (directory: string, prefix: string) =>
    yamlFiles(directory).map((path): [string, Manifest] => [prefix + basename(path, '.yaml'), read(path) as Manifest]);
  const shown = shownManifests()
    .filter(({ manifest }) => manifest.kind === 'LoggingStack')
    .map(({ place, manifest }) => [`${manifest.metadata.name} of ${place}`, manifest] as const);
  return new Map([...from(join(here, 'right'), ''), ...from(samples, 'sample-'), ...shown]);
}

export const wrongCases = (): readonly WrongCase[] =>
  yamlFiles(join(here, 'wrong')).flatMap((path) => read(path) as WrongCase[]);

/** A spec with every field, to derive wrong ones from: a right one, and what cannot stand beside the rest of it. */
export function completeManifest(): Manifest {
  const complete = rightManifests().get('complete');
  if (complete === undefined) throw new Error('there is no right manifest complete');
  const value = 'nightly-20261122t013000z-5d3f7a80';
  return changed(complete, { op: 'add', path: '/spec/restoreFrom/snapshotName', value });
}

/** A status with every field, to derive wrong ones from. */
export const completeStatus = (): unknown => read(join(here, 'complete-status.yaml'));

/** Why something is refused, as the corpus expects it. */
export type Refusal = Pick<WrongCase, 'breaks' | 'field' | 'message'>;

/** A change of a stored object from one right manifest to another: it must stay possible, or is refused for being a change. */
export interface Update {
  readonly name: string;
  readonly from: string;
  /** What the operator has found when the change comes. */
  readonly status?: unknown;
  readonly change: Change;
  readonly refused?: Refusal;
}
export const updates = (): readonly Update[] => read(join(here, 'updates.yaml')) as Update[];

/** The refused ones of these updates, as cases that break something. */
export const refusedUpdates = (all: readonly Update[]): readonly WrongCase[] =>
  all.flatMap(({ name, from, change, refused }) =>
    refused === undefined ? [] : [{ name, sibling: from, change, ...refused }],
  );

interface Generator {
  readonly $repeat?: string;
  readonly $times?: number;
  readonly $count?: number;
  readonly $each?: unknown;
  readonly $keys?: string;
}

const numbered = (template: unknown, index: number): unknown =>
  JSON.parse(JSON.stringify(template).replaceAll('#', String(index)));

function expand(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { $repeat, $times = 0, $count = 0, $each, $keys } = value as Generator;
  if ($repeat !== undefined) return $repeat.repeat($times);
  if ($count === 0) return value;
  const indexes = Array.from({ length: $count }, (_, index) => index);
  if ($keys === undefined) return indexes.map((index) => numbered($each, index));
  return Object.fromEntries(indexes.map((index) => [$keys.replace('#', String(index)), numbered($each, index)]));
}

/** The change with its value written out. */
export function expanded(change: Change): Change {
  return change.op === 'remove' ? change : { ...change, value: expand(change.value) };
}

/** A copy of a manifest with one change made. Throws when the change does not fit: the corpus is wrong then. */
export function changed<T>(manifest: T, change: Change): T {
  const copy = structuredClone(manifest);
  const keys = change.path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let parent: unknown = copy;
  for (const key of keys) parent = (parent as Record<string, unknown> | undefined)?.[key];
  if (typeof parent !== 'object' || parent === null) throw new Error(`${change.path}: there is nothing to change`);
  if (change.op !== 'add' && !(last in parent)) throw new Error(`${change.path}: there is nothing to ${change.op}`);
  const { value } = expanded(change);
  if (Array.isArray(parent))
    parent.splice(Number(last), change.op === 'add' ? 0 : 1, ...(change.op === 'remove' ? [] : [value]));
  else if (change.op === 'remove') Reflect.deleteProperty(parent, last);
  else (parent as Record<string, unknown>)[last] = value;
  return copy;
}
