// Every single thing that the LoggingStack definition refuses, read off its schema: what the corpus must cover.
import type { Schema } from '../../tools/crd/structural.ts';
import type { CelRule } from '../../src/api/rules.ts';

/** Keywords of which each occurrence refuses something. `type` is swept over every field instead (see types.integration.ts). */
const keywords = [
  ...['enum', 'pattern', 'format', 'minimum', 'maximum', 'minLength', 'maxLength'],
  ...['minItems', 'maxItems', 'maxProperties', 'x-kubernetes-list-type'],
] as const;

interface Constraint {
  /** Of the schema that carries it: items of lists are `[]`, values of maps `.*`. */
  readonly path: string;
  readonly keyword: string;
  /** For a CEL rule. */
  readonly rule?: CelRule;
}

/** A schema and its place. */
export interface SchemaNode {
  readonly path: string;
  readonly schema: Schema;
}

/** The schema and all below it. */
export function nodesOf(schema: Schema, path = ''): readonly SchemaNode[] {
  const { properties = {}, items, additionalProperties: values } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([name, child]) => nodesOf(child, join(path, name))),
    ...(items === undefined ? [] : nodesOf(items, `${path}[]`)),
    ...(typeof values === 'object' ? nodesOf(values, `${path}.*`) : []),
  ];
}

/** Bounds that only repeat what the type of the field can hold, or what a set of these values can. */
function isImplied(schema: Schema, keyword: string): boolean {
  if (keyword === 'format') return schema.type === 'integer';
  if (keyword === 'maximum') return schema.maximum === 2_147_483_647;
  const values = schema.items?.enum?.length;
  return keyword === 'maxItems' && schema['x-kubernetes-list-type'] === 'set' && values === schema.maxItems;
}

export function constraintsOf({ path, schema }: SchemaNode): readonly Constraint[] {
  return [
    ...keywords
      .filter((keyword) => keyword in schema && !isImplied(schema, keyword))
      .map((keyword) => ({ path, keyword })),
    ...(schema.required ?? []).map((name) => ({ path: join(path, name), keyword: 'required' })),
    ...(schema['x-kubernetes-validations'] ?? []).map((rule) => ({ path, keyword: 'rule', rule })),
  ];
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const podOwners = /^spec\.(?:elasticsearch\.(?:master|data|ingest|pools\[\])|kibana|logstash)\./;
const podFields =
  /^(?:resources|labels|annotations|nodeSelector|tolerations|priorityClassName|imagePullSecrets|storage)\b/;

/** What refers to another object by its name, and what lists names, has one schema wherever it stands. */
const references: readonly (readonly [pattern: RegExp, shared: string])[] = [
  [/^spec\.(?:.*\.)?(?:stackRef|repositoryRef)\.name$/, '<label>.name'],
  [/^spec\.(?:.*\.)?(?:claimRef|credentialsRef|snapshotRef|scheduleRef)\.name$/, '<object>.name'],
  [/^spec\.(?:.*\.)?(?:dataStreams|indices)(\[\])?$/, '<names>$1'],
];

/** Pools and components share the schemas of their pod settings, too: one wrong manifest speaks for all of them. */
export function sharedPath(path: string): string {
  const reference = references.find(([pattern]) => pattern.test(path));
  if (reference !== undefined) return path.replace(...reference);
  const rest = path.replace(podOwners, '');
  return rest !== path && podFields.test(rest) ? `<pod>.${rest}` : path;
}

export const constraintName = ({ path, keyword, rule }: Constraint): string =>
  `${sharedPath(path)} ${keyword}${rule === undefined ? '' : `: ${rule.message}`}`;

/** The names of all constraints of a definition, each once. */
export function constraintNames(schema: Schema): readonly string[] {
  return [...new Set(nodesOf(schema).flatMap(constraintsOf).map(constraintName))];
}
