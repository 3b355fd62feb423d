// The stack's index template: how data streams of logs are made, how many copies they keep and for how long.
import { names } from '../names.ts';
import { contains } from '../objects.ts';
import type { Redundancy, ResolvedStack } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import type { ElasticsearchAction } from './actions.ts';
import type { AnsweredLook, Capabilities, IndexTemplateState } from './observed.ts';

const streamPattern = 'logs-*-*';

/** Above all templates that come with Elasticsearch (100 to 201), so that its own policies do not apply to our streams. */
const priority = 500;

/** Where the template records whether streams that existed before it have been brought to its settings. */
const existingStreams = 'existing_streams';

const isHot = (role: string): boolean => role === 'data_hot' || role === 'data';

const hotNodes = (stack: ResolvedStack): number =>
  stack.elasticsearch.pools.filter((pool) => pool.roles.some(isHot)).reduce((sum, pool) => sum + pool.replicas, 0);

const copies: Readonly<Record<Redundancy, number>> = { None: 0, Single: 1, Double: 2, Full: Number.POSITIVE_INFINITY };

/** Copies besides the primary: by policy, but never more than there are other nodes of the tier (`redundancy-tier`). */
export function wantedReplicas(stack: ResolvedStack): number {
  return Math.min(copies[stack.elasticsearch.redundancy], Math.max(0, hotNodes(stack) - 1));
}

/** Nodes join before copies rise: while one is missing, a higher number would only make the cluster yellow. */
function effectiveReplicas(stack: ResolvedStack, look: AnsweredLook): number {
  const wanted = wantedReplicas(stack);
  const live = Number(settingsOf(look.indexTemplate)['index.number_of_replicas']);
  const joined = look.nodes.filter((node) => node.roles.some(isHot)).length;
  return joined < hotNodes(stack) && live < wanted ? live : wanted;
}

function settingsOf(template: IndexTemplateState | undefined): Readonly<Record<string, unknown>> {
  const { settings = {} } = (template?.['template'] ?? {}) as { settings?: Readonly<Record<string, unknown>> };
  return settings;
}

/** The template in the form in which Elasticsearch returns it with flat settings. */
export function wantedTemplate(stack: ResolvedStack, look: AnsweredLook): Record<string, unknown> {
  const { capabilities } = look;
  return {
    index_patterns: [streamPattern],
    priority,
    data_stream: {},
    composed_of: capabilities.componentTemplates,
    template: {
      settings: {
        'index.number_of_replicas': String(effectiveReplicas(stack, look)),
        // One document with a thousand new fields, or with text where a number was, must not be lost.
        'index.mapping.ignore_malformed': 'true',
        'index.mapping.total_fields.ignore_dynamic_beyond_limit': 'true',
      },
      ...(capabilities.componentTemplates.length === 0 ? { mappings: plainMappings(capabilities) } : {}),
      ...(capabilities.streamLifecycle ? { lifecycle: { enabled: true, data_retention: stack.retention.maxAge } } : {}),
    },
  };
}

/** Mappings for an Elasticsearch without the component templates `logs@mappings` and `ecs@mappings`. */
function plainMappings(capabilities: Capabilities): Record<string, unknown> {
  return {
    date_detection: false,
    dynamic_templates: [
      { ecs_strings: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 1024 } } },
    ],
    properties: {
      '@timestamp': { type: 'date' },
      message: { type: capabilities.matchOnlyText ? 'match_only_text' : 'text' },
    },
  };
}

/**
 * Writes the template when it differs, then brings existing streams to it, then notes that this is done: a crash in
 * between repeats what was not noted.
 */
export function planIndexTemplate(stack: ResolvedStack, look: AnsweredLook): readonly ElasticsearchAction[] {
  const wanted = wantedTemplate(stack, look);
  const name = names.indexTemplate(stack.identity.name);
  const noted = (state: 'pending' | 'updated'): ElasticsearchAction => ({
    kind: 'putIndexTemplate',
    name,
    body: { ...wanted, _meta: { managed_by: 'loggingstack-operator', [existingStreams]: state } },
  });
  const same = isSame(look.indexTemplate, wanted);
  const meta = (look.indexTemplate?.['_meta'] ?? {}) as Readonly<Record<string, unknown>>;
  if (same && meta[existingStreams] === 'updated') return [];
  return [
    ...(same ? [] : [noted('pending')]),
    {
      kind: 'updateStreams',
      pattern: streamPattern,
      replicas: effectiveReplicas(stack, look),
      retention: look.capabilities.streamLifecycle ? stack.retention.maxAge : undefined,
    },
    noted('updated'),
  ];
}

/** Whether streams do not have the copies yet that they are to have: until then, a node may hold the only one. */
export function copiesAreDue(stack: ResolvedStack, look: AnsweredLook): boolean {
  const live = settingsOf(look.indexTemplate)['index.number_of_replicas'];
  const meta = (look.indexTemplate?.['_meta'] ?? {}) as Readonly<Record<string, unknown>>;
  return live !== String(effectiveReplicas(stack, look)) || meta[existingStreams] !== 'updated';
}

/** Lists are compared whole: a template that also matches other streams, or is composed of more, is not ours. */
function isSame(live: IndexTemplateState | undefined, wanted: Readonly<Record<string, unknown>>): boolean {
  return live !== undefined && contains(live, wanted);
}

/** What this Elasticsearch makes of retention and of the template, for people. */
export function templateFindings(stack: ResolvedStack, look: AnsweredLook | undefined): readonly Finding[] {
  if (look === undefined) {
    const unknown = {
      status: 'Unknown',
      reason: 'NotObservedYet',
      message: 'Elasticsearch has not answered yet.',
    } as const;
    return [
      { type: 'RetentionEffective', ...unknown },
      { type: 'IndexTemplateReady', ...unknown },
    ];
  }
  const outdated = planIndexTemplate(stack, look).length > 0;
  return [retentionFinding(stack, look, outdated), templateFinding(look, outdated)];
}

function retentionFinding(stack: ResolvedStack, look: AnsweredLook, outdated: boolean): Finding {
  const { maxAge } = stack.retention;
  const type = 'RetentionEffective';
  if (!look.capabilities.streamLifecycle)
    return {
      type,
      status: 'False',
      reason: 'LifecycleApiMissing',
      message: `This Elasticsearch has no data stream lifecycle: nothing rolls data streams over or deletes logs older than ${maxAge}. Use an image of the full distribution.`,
    };
  if (outdated)
    return {
      type,
      status: 'False',
      reason: 'TemplateOutdated',
      message: `The index template and the data streams are being brought to a retention of ${maxAge}.`,
    };
  return {
    type,
    status: 'True',
    reason: 'DataStreamLifecycle',
    message: `Elasticsearch deletes logs that are older than ${maxAge}.`,
  };
}

function templateFinding(look: AnsweredLook, outdated: boolean): Finding {
  const type = 'IndexTemplateReady';
  if (outdated)
    return { type, status: 'False', reason: 'TemplateOutdated', message: 'The index template is being written.' };
  const { componentTemplates, matchOnlyText } = look.capabilities;
  if (componentTemplates.length > 0)
    return {
      type,
      status: 'True',
      reason: 'EcsMappings',
      message: `Fields are mapped by ${componentTemplates.join(' and ')}.`,
    };
  const message = `This Elasticsearch lacks logs@mappings and ecs@mappings: text fields are mapped as keyword, and message as ${matchOnlyText ? 'match_only_text' : 'text, because match_only_text is missing too'}.`;
  return { type, status: 'True', reason: 'PlainMappings', message };
}
