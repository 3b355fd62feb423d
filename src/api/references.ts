// References to other objects of the same namespace, and what snapshots and restores have in common in their specs.
import { z } from 'zod';
import { listSet } from './rules.ts';
import { dnsLabel, objectName } from './shapes.ts';

/** The stack that an object is about. */
export const stackRef = (description: string) =>
  z
    .strictObject({
      name: dnsLabel.meta({ description: 'Name of the LoggingStack, in the same namespace.', example: 'logs' }),
    })
    .meta({ description });

/** A StackRepository of the same namespace; Elasticsearch knows it by the same name. */
export const repositoryRef = z
  .strictObject({
    name: dnsLabel.meta({ description: 'Name of the StackRepository, in the same namespace.', example: 'backups' }),
  })
  .meta({ description: 'Where the snapshots are.' });

/** Another object of the same namespace by its name. */
export const objectRef = (description: string, example: string) =>
  z
    .strictObject({ name: objectName.meta({ description: 'Name, in the same namespace.', example }) })
    .meta({ description });

/** Names of data streams or indices as Elasticsearch allows them, with `*` for any text; nothing that would exclude. */
const namePattern = z
  .string()
  .regex(/^[a-z0-9.*][a-z0-9._*-]*$/)
  .max(255);

export const namePatterns = (description: string, example: readonly string[], resolvedDefault: string) =>
  z
    .array(namePattern)
    .min(1)
    .max(50)
    .optional()
    .meta({ description, resolvedDefault, example, ...listSet });

/** What a snapshot holds: of one that is asked for, and of each that a schedule takes. */
export const snapshotContent = {
  dataStreams: namePatterns(
    'Data streams that are copied; * stands for any text.',
    ['logs-*-*'],
    'all, unless indices are named',
  ),
  indices: namePatterns(
    'Indices that are copied besides, which belong to no data stream; * stands for any text.',
    ['reports-*'],
    'all, unless data streams are named',
  ),
  includeGlobalState: z.boolean().optional().meta({
    description:
      "Whether templates, ingest pipelines, persistent settings and the state of Elasticsearch's features are copied, too. A StackRestore never restores them; they are there for people.",
    resolvedDefault: 'false',
    example: true,
  }),
  partial: z.boolean().optional().meta({
    description:
      'Whether a snapshot is taken although some shards cannot be read. It ends as Partial then, and counts as good for nobody.',
    resolvedDefault: 'false',
    example: true,
  }),
};

/** What becomes of snapshots when the object that stands for them is deleted. */
export const deletionPolicy = (description: string) =>
  z.enum(['Retain', 'Delete']).optional().meta({ description, resolvedDefault: 'Retain', example: 'Delete' });
