// The reference pages of repositories, snapshots, schedules and restores: what each is for, then every field.
import type { CelRule } from '../../src/api/rules.ts';
import {
  repositoryAnnotations,
  stackRepositoryKind,
  stackRepositorySpec,
  stackRepositoryStatus,
} from '../../src/api/stack-repository.ts';
import {
  stackRestoreKind,
  stackRestoreRules,
  stackRestoreSpec,
  stackRestoreStatus,
} from '../../src/api/stack-restore.ts';
import {
  scheduleAnnotations,
  stackSnapshotScheduleKind,
  stackSnapshotScheduleSpec,
  stackSnapshotScheduleStatus,
} from '../../src/api/stack-snapshot-schedule.ts';
import { stackSnapshotKind, stackSnapshotSpec, stackSnapshotStatus } from '../../src/api/stack-snapshot.ts';
import { type Field, fieldsOfKind } from './fields.ts';
import { always, annotationLines, code, type Page, pageText } from './reference.ts';

const guide = 'How they work together, with examples: [backups](backups.md).';

const repositoryPage = (): Page => ({
  title: stackRepositoryKind,
  introduction: [
    'Where snapshots of a stack live: a volume that its nodes share, or a bucket. It outlives stacks, owns nothing and is owned by nobody; deleting it deletes no snapshot.',
    'Elasticsearch knows the repository by the name of the object. Keys are in Secrets of the same namespace, never in the object.',
    guide,
    '',
    ...always,
    '',
    'This annotation asks for an action, and once for each value; `status.verifyRequest` records it:',
    '',
    ...annotationLines(repositoryAnnotations),
  ],
  fields: fieldsOfKind(stackRepositorySpec, stackRepositoryStatus),
  sections: ['spec', 'spec.fileSystem', 'spec.s3', 'spec.gcs', 'spec.azure', 'status'],
});

const snapshotPage = (): Page => ({
  title: stackSnapshotKind,
  introduction: [
    'One snapshot, taken when it is asked for. `kubectl loggingstack snapshot take <stack> --repository <name>` makes one and shows how far it is.',
    guide,
    '',
    ...always,
  ],
  fields: fieldsOfKind(stackSnapshotSpec, stackSnapshotStatus),
  sections: ['spec', 'status', 'status.failures[]'],
});

const schedulePage = (): Page => ({
  title: stackSnapshotScheduleKind,
  introduction: [
    'Snapshots at times by the calendar, and which of them are kept. It owns no snapshot: they are known by what stands in their metadata, and a schedule that is made again takes up its own.',
    guide,
    '',
    ...always,
    '',
    'This annotation asks for an action, and once for each value; `status.runNow` records it. `kubectl loggingstack snapshot now <schedule>` sets it:',
    '',
    ...annotationLines(scheduleAnnotations),
  ],
  fields: fieldsOfKind(stackSnapshotScheduleSpec, stackSnapshotScheduleStatus),
  sections: ['spec', 'spec.snapshot', 'spec.retention', 'status', 'status.lastGood', 'status.runs[]'],
});

const restorePage = (): Page => ({
  title: stackRestoreKind,
  introduction: [
    'Brings data streams of a snapshot back into a stack, once. `kubectl loggingstack restore <stack>` makes one and shows how far it is.',
    guide,
    '',
    ...always,
    '',
    ...(stackRestoreRules['x-kubernetes-validations'] as readonly CelRule[]).map(
      ({ fieldPath = '', message }) => `- ${code(fieldPath.slice(1))}: ${message}.`,
    ),
  ],
  fields: fieldsOfKind(stackRestoreSpec, stackRestoreStatus),
  sections: ['spec', 'spec.source', 'status', 'status.streams[]'],
});

interface ReferencePage {
  readonly path: string;
  readonly text: () => string;
  readonly fields: readonly Field[];
}

/** docs/reference-<kind>.md of each. */
export const snapshotReferences = (generatedBy: string): readonly ReferencePage[] =>
  [repositoryPage(), snapshotPage(), schedulePage(), restorePage()].map((page) => ({
    path: `docs/reference-${page.title.toLowerCase()}.md`,
    text: () => pageText(page, generatedBy),
    fields: page.fields,
  }));
