// What the planner may ask for: writes of Kubernetes objects and of Elasticsearch, each safe to repeat.
import type { ObjectAction } from '../objects.ts';

/** Creates or replaces the stack's index template. */
export interface PutIndexTemplate {
  readonly kind: 'putIndexTemplate';
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Brings data streams that exist already to what the template says for new ones. */
export interface UpdateStreams {
  readonly kind: 'updateStreams';
  /** Pattern of the data streams, for example `logs-*-*`. */
  readonly pattern: string;
  /** Copies of each shard besides the primary. */
  readonly replicas: number;
  /** For example `14d`; undefined where retention by data stream lifecycle is not there. */
  readonly retention: string | undefined;
}

export type ElasticsearchAction = PutIndexTemplate | UpdateStreams;

export type Action = ObjectAction | ElasticsearchAction;

export const isElasticsearchAction = (action: Action): action is ElasticsearchAction =>
  action.kind === 'putIndexTemplate' || action.kind === 'updateStreams';
