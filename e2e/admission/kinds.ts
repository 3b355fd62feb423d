// The corpora of our kinds besides LoggingStack, which are small: one file each, with right and wrong manifests, updates, and all fields.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { stackPlanSpec, stackPlanStatus } from '../../src/api/stack-plan.ts';
import { stackRepositorySpec, stackRepositoryStatus } from '../../src/api/stack-repository.ts';
import { stackRestoreSpec, stackRestoreStatus } from '../../src/api/stack-restore.ts';
import { stackSnapshotScheduleSpec, stackSnapshotScheduleStatus } from '../../src/api/stack-snapshot-schedule.ts';
import { stackSnapshotSpec, stackSnapshotStatus } from '../../src/api/stack-snapshot.ts';
import {
  type definitions,
  stackPlanDefinition,
  stackRepositoryDefinition,
  stackRestoreDefinition,
  stackSnapshotDefinition,
  stackSnapshotScheduleDefinition,
} from '../../tools/crd/definition.ts';
import type { Schema } from '../../tools/crd/structural.ts';
import type { Manifest, Update, WrongCase } from './corpus.ts';
import { shownManifests } from './shown.ts';

interface KindCorpus {
  readonly right: readonly [Manifest, ...(readonly Manifest[])];
  /** Each is its sibling, or without one the first right manifest, with a single change. */
  readonly wrong: readonly (Omit<WrongCase, 'sibling'> & { readonly sibling?: string })[];
  readonly updates: readonly Update[];
  /** A spec with every field, to derive wrong ones from; fields may be in it that exclude each other. */
  readonly complete: unknown;
  /** A status with every field. */
  readonly status: unknown;
  /** What `kubectl get` shows of the first right manifest with that status, but for times, which it tells as ages. */
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface Kind {
  readonly name: string;
  /** Path of the shipped definition. */
  readonly file: string;
  readonly corpus: KindCorpus;
  /** Those of the corpus, and those that samples and pages show. */
  readonly right: readonly (readonly [name: string, manifest: Manifest])[];
  /** The schema of the definition, from its root. */
  readonly schema: Schema;
  /** The same without what is below fields that have a corpus elsewhere. */
  readonly own: Schema;
  readonly parsers: { readonly spec: z.ZodType; readonly status: z.ZodType };
}

function kind(
  { spec: { group, names, versions } }: (typeof definitions)[number],
  parsers: Kind['parsers'],
  own = (schema: Schema): Schema => schema,
): Kind {
  const [version] = versions;
  if (version === undefined) throw new Error('the definition has no version');
  const { openAPIV3Schema: schema } = version.schema;
  const path = join(import.meta.dirname, 'kinds', `${names.singular}.yaml`);
  const corpus = parse(readFileSync(path, 'utf8')) as KindCorpus;
  const shown = shownManifests().filter(({ manifest }) => manifest.kind === names.kind);
  return {
    name: names.kind,
    file: join(import.meta.dirname, '..', '..', 'crds', `${group}_${names.plural}.yaml`),
    corpus,
    right: [
      ...corpus.right.map((manifest) => [manifest.metadata.name, manifest] as const),
      ...shown.map(({ place, manifest }) => [`${manifest.metadata.name} of ${place}`, manifest] as const),
    ],
    schema,
    own: own(schema),
    parsers,
  };
}

/** What a plan proposes is the spec of a LoggingStack. */
function withoutProposedFields(schema: Schema): Schema {
  const { spec, ...properties } = schema.properties ?? {};
  const { proposed, ...others } = spec?.properties ?? {};
  const bare = { ...proposed, properties: {}, required: [] };
  return { ...schema, properties: { ...properties, spec: { ...spec, properties: { ...others, proposed: bare } } } };
}

export const kinds: readonly Kind[] = [
  kind(stackPlanDefinition, { spec: stackPlanSpec, status: stackPlanStatus }, withoutProposedFields),
  kind(stackRepositoryDefinition, { spec: stackRepositorySpec, status: stackRepositoryStatus }),
  kind(stackSnapshotDefinition, { spec: stackSnapshotSpec, status: stackSnapshotStatus }),
  kind(stackSnapshotScheduleDefinition, { spec: stackSnapshotScheduleSpec, status: stackSnapshotScheduleStatus }),
  kind(stackRestoreDefinition, { spec: stackRestoreSpec, status: stackRestoreStatus }),
];

/** The right manifest of this name, or the first. */
export function rightOf({ name, corpus: { right } }: Kind, sibling?: string): Manifest {
  const found = sibling === undefined ? right[0] : right.find(({ metadata }) => metadata.name === sibling);
  if (found === undefined) throw new Error(`there is no right ${name} ${sibling ?? ''}`);
  return found;
}

/** The wrong cases, each with its sibling. */
export const wrongOf = ({ corpus: { right, wrong } }: Kind): readonly WrongCase[] =>
  wrong.map((one) => ({ sibling: right[0].metadata.name, ...one }));
