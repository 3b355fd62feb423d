// The reference pages: every field of a kind with its type, what is allowed, default and example, from the same schemas as its CRD.
import { apiVersion, kind, loggingStackRules, requestAnnotations } from '../../src/api/logging-stack.ts';
import type { CelRule } from '../../src/api/rules.ts';
import { stackPlanKind } from '../../src/api/stack-plan.ts';
import { stepActions } from '../../src/core/step-actions.ts';
import { type Field, loggingStackFields, stackPlanFields } from './fields.ts';
import type { Schema } from './structural.ts';

/** One page: a kind. */
export interface Page {
  readonly title: string;
  readonly introduction: readonly string[];
  readonly fields: readonly Field[];
  /** Objects that get a section of their own; smaller ones stay as dotted rows in the section that they belong to. */
  readonly sections: readonly string[];
}

const stackSections = [
  'metadata',
  'spec',
  'spec.elasticsearch',
  'spec.elasticsearch.master',
  'spec.elasticsearch.data',
  'spec.elasticsearch.ingest',
  'spec.elasticsearch.pools[]',
  'spec.kibana',
  'spec.logstash',
  'spec.filebeat',
  'spec.restoreFrom',
  'status',
];

export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const asCode = (value: unknown): string => code(typeof value === 'string' ? value : JSON.stringify(value));

function typeOf(schema: Schema): string {
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object') return 'map of text to text';
  if (schema.type === 'string') return schema.format === 'date-time' ? 'time' : 'text';
  return schema.type ?? 'any';
}

/** What is allowed, in words. */
function allowed(schema: Schema): string {
  const { items, additionalProperties: values, propertyNames: keys } = schema;
  const parts = [
    (schema.enum ?? []).map(asCode).join(', '),
    range(safe(schema.minimum), safe(schema.maximum)),
    schema.pattern === undefined ? '' : code(schema.pattern),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    range(undefined, schema.maxProperties, ' entries'),
    keys === undefined ? '' : named('keys', keys),
    typeof values === 'object' ? named('values', values) : '',
    items === undefined || items.type === 'object' ? '' : named('each', items),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** A bound, unless it is only what a JavaScript number can hold. */
const safe = (bound = Number.MAX_SAFE_INTEGER): number | undefined =>
  Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;

const named = (what: string, schema: Schema): string => (allowed(schema) === '' ? '' : `${what} ${allowed(schema)}`);

function range(least: number | undefined, most: number | undefined, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined || most === 2_147_483_647) return `${least ?? 0} or more${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
}

function defaultOf(field: Field): string {
  if (field.required) return 'required';
  if (field.schema.resolvedDefault !== undefined) return String(field.schema.resolvedDefault);
  return field.schema.default === undefined ? '' : asCode(field.schema.default);
}

function row(section: string, field: Field, sections: readonly string[]): string {
  const name = field.path.slice(section.length + 1);
  const example = field.schema.example === undefined ? '' : asCode(field.schema.example);
  const own = sections.find((one) => one === field.path || one === `${field.path}[]`);
  const description = (field.schema.description ?? '') + (own === undefined ? '' : ` See [${own}](#${anchor(own)}).`);
  const cells = [code(name), typeOf(field.schema), allowed(field.schema), defaultOf(field), description, example];
  return `| ${cells.map((cell) => cell.replaceAll('\n', ' ')).join(' | ')} |`;
}

const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^a-z0-9 _-]/g, '');

/** The deepest section that a field belongs to. */
const sectionOf = (path: string, sections: readonly string[]): string | undefined =>
  sections.filter((section) => path.startsWith(`${section}.`)).toSorted((a, b) => b.length - a.length)[0];

function rulesOf(fields: readonly Field[]): readonly string[] {
  return fields.flatMap(({ path, schema }) =>
    (schema['x-kubernetes-validations'] ?? []).map(
      (rule) => `- ${code(path + (rule.fieldPath ?? ''))}: ${rule.message}.`,
    ),
  );
}

function sectionText(section: string, { fields, sections }: Page): string {
  const rows = fields.filter((field) => sectionOf(field.path, sections) === section);
  const own = fields.filter((field) => field.path === section || `${field.path}[]` === section);
  const rules = rulesOf([...own, ...rows]);
  return [
    `## ${section}`,
    '',
    ...own.map((field) => `${field.schema.description ?? ''}\n`),
    '| Field | Type | Allowed | Default | Meaning | Example |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((field) => row(section, field, sections)),
    ...(rules.length === 0 ? [] : ['', 'Also:', '', ...rules]),
    '',
  ].join('\n');
}

/** What holds for every kind. */
export const always = [
  'The API server checks everything on this page when a manifest is applied, and says which field is wrong and what is allowed.',
  'Fields that are not on this page are refused by `kubectl apply` (strict validation); clients that do not ask for strict validation have them dropped.',
  'A default in code letters is stored in the object. Other defaults are decided by the operator and stay out of the object.',
];

export function pageText(page: Page, generatedBy: string): string {
  return [
    `<!-- ${generatedBy} -->`,
    `# ${page.title} (${apiVersion})`,
    '',
    ...page.introduction,
    '',
    ...page.sections.map((section) => sectionText(section, page)),
  ].join('\n');
}

export const annotationLines = (annotations: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(annotations).map(([name, meaning]) => `- ${code(name)}: ${meaning}`);

/** docs/reference.md. */
export function reference(generatedBy: string): string {
  const nameRules = loggingStackRules['x-kubernetes-validations'] as readonly CelRule[];
  const introduction = [
    ...always,
    '',
    ...nameRules.map((rule) => `- \`metadata.name\`: ${rule.message}.`),
    '',
    'These annotations of a stack ask for one action each, and once for each value; `status.requests` records it:',
    '',
    ...annotationLines(requestAnnotations),
  ];
  return pageText({ title: kind, introduction, fields: loggingStackFields(), sections: stackSections }, generatedBy);
}

/** docs/reference-stackplan.md. */
export function planReference(generatedBy: string): string {
  const introduction = [
    'Says what a change of a stack would mean before anybody applies it. `kubectl loggingstack plan -f edited.yaml` makes one and prints what came out.',
    'Whoever may create a StackPlan can plan: it takes no other right. The operator deletes it when its time is over.',
    '',
    ...always,
    '',
    'The fields of `spec.proposed` are those of the spec of a LoggingStack: see [its reference](reference.md#spec).',
    '',
    'What `status.steps[].action` can be; the log of the operator names each step that it takes in the same words:',
    '',
    ...Object.entries(stepActions).map(([name, meaning]) => `- ${code(name)}: ${meaning}.`),
  ];
  const sections = ['spec', 'status', 'status.steps[]', 'status.refusals[]'];
  return pageText({ title: stackPlanKind, introduction, fields: stackPlanFields(), sections }, generatedBy);
}
