// The stack's index template: how data streams of logs are made, how many copies they keep and for how long.
import { names } from '../names.ts';
import { contains } from '../objects.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import type { ElasticsearchAction } from './actions.ts';
import { isManaged, streamPattern } from './copies.ts';
import type { AnsweredLook, Capabilities, IndexTemplateState } from './observed.ts';
import {
  copiesByTier,
  copiesNow,
  type CopiesNote,
  copiesToSet,
  mayBeMisplaced,
  noteText,
  readNote,
} from './tier-copies.ts';

/** Above all templates that come with Elasticsearch (100 to 201), so that its own policies do not apply to our streams. */
const priority = 500;

/** Where the template records whether streams that existed before it have been brought to its settings. */
const existingStreams = 'existing_streams';

/** Where it records how many copies the indices of each tier were to have when they were brought to it. */
const copiesRecord = 'copies';

/** Where it records the retentions that existing streams may have by the operator's doing: one, when all were brought to it. */
const retentionRecord = 'retention';

/** There: a stream that never had one. */
const noRetention = 'none';

/** The tier in which data streams begin. */
const hotTier = 'data_hot';

/** Nodes join before copies rise. */
function effectiveReplicas(stack: ResolvedStack, look: AnsweredLook): number {
  const live = settingsOf(look.indexTemplate)['index.number_of_replicas'];
  return copiesNow(stack, look, hotTier, live === undefined ? undefined : Number(live));
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

export interface TemplatePlan {
  readonly actions: readonly ElasticsearchAction[];
  /** Copies are to be set index by index, and the look does not tell the indices. */
  readonly needsDetail: boolean;
}

const metaOf = (look: AnsweredLook): Readonly<Record<string, unknown>> =>
  (look.indexTemplate?.['_meta'] ?? {}) as Readonly<Record<string, unknown>>;

/** Copies of each tier. Those of the hot one are the template's own. */
function copiesWanted(stack: ResolvedStack, look: AnsweredLook): CopiesNote {
  const before = readNote(metaOf(look)[copiesRecord]);
  return { ...copiesByTier(stack, look, before), [hotTier]: effectiveReplicas(stack, look) };
}

/**
 * Retentions that streams may have by the operator's doing. One that is on its way counts with those before it, so that an
 * edit that is taken back half way finds them all. Undefined where this Elasticsearch knows none.
 */
function retentionsGiven(stack: ResolvedStack, look: AnsweredLook): readonly string[] | undefined {
  if (!look.capabilities.streamLifecycle) return undefined;
  const noted = metaOf(look)[retentionRecord];
  const before = typeof noted === 'string' ? noted.split(',') : [noRetention];
  return [...new Set([...before, stack.retention.maxAge])];
}

/** The first template of a new cluster has nothing to bring along, and nobody waits longer than needed for it. */
const hasNoStreams = ({ indexTemplate, detail }: AnsweredLook): boolean =>
  indexTemplate === undefined && detail?.indices.some(isManaged) === false;

/**
 * Writes the template when it differs; later looks bring existing streams to it, and the last notes that this is done when
 * it finds nothing left to do. So a crash in between, or an index that is made meanwhile, is made up for.
 */
export function planIndexTemplate(stack: ResolvedStack, look: AnsweredLook): TemplatePlan {
  const wanted = wantedTemplate(stack, look);
  const copies = copiesWanted(stack, look);
  const name = names.indexTemplate(stack.identity.name);
  const given = retentionsGiven(stack, look);
  const noted = (state: 'pending' | 'updated'): ElasticsearchAction => ({
    kind: 'putIndexTemplate',
    name,
    body: {
      ...wanted,
      _meta: {
        managed_by: 'loggingstack-operator',
        [existingStreams]: state,
        [copiesRecord]: noteText(copies),
        ...(given === undefined
          ? {}
          : { [retentionRecord]: state === 'updated' ? stack.retention.maxAge : given.join() }),
      },
    },
  });
  const meta = metaOf(look);
  const isNoted = meta[copiesRecord] === noteText(copies);
  if (look.indexTemplate === undefined && look.detail === undefined && look.detailFault === undefined)
    return { actions: [], needsDetail: true };
  if (!isSame(look.indexTemplate, wanted) || !isNoted)
    return { actions: [noted(hasNoStreams(look) ? 'updated' : 'pending')], needsDetail: false };
  const isUpdated = meta[existingStreams] === 'updated';
  if (look.detail === undefined) return { actions: [], needsDetail: !isUpdated || mayBeMisplaced(look, copies) };
  const setting = copiesToSet(look.detail, copies);
  if (isUpdated || setting.length > 0) return { actions: setting, needsDetail: false };
  return { actions: [...bringRetention(stack, given), noted('updated')], needsDetail: false };
}

/** Only after the retention itself was edited: streams that follow it already are not touched for the sake of other settings. */
function bringRetention(
  { retention: { maxAge } }: ResolvedStack,
  given: readonly string[] | undefined,
): readonly ElasticsearchAction[] {
  if (given === undefined || given.every((one) => one === maxAge)) return [];
  const from = given.map((one) => (one === noRetention ? undefined : one));
  return [{ kind: 'updateStreams', pattern: streamPattern, from, retention: maxAge }];
}

/** Whether streams do not have the copies yet that they are to have: until then, a node may hold the only one. */
export function copiesAreDue(stack: ResolvedStack, look: AnsweredLook): boolean {
  const live = settingsOf(look.indexTemplate)['index.number_of_replicas'];
  return live !== String(effectiveReplicas(stack, look)) || metaOf(look)[existingStreams] !== 'updated';
}

/** Lists are compared whole: a template that also matches other streams, or is composed of more, is not ours. */
function isSame(live: IndexTemplateState | undefined, wanted: Readonly<Record<string, unknown>>): boolean {
  return live !== undefined && contains(live, wanted);
}

/** What this Elasticsearch makes of retention and of the template, for people. */
export function templateFindings(
  stack: ResolvedStack,
  look: AnsweredLook | undefined,
  { actions, needsDetail }: TemplatePlan,
): readonly Finding[] {
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
  const outdated = actions.length > 0 || (needsDetail && metaOf(look)[existingStreams] !== 'updated');
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
