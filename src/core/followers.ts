// Kibana, Logstash and Filebeat follow Elasticsearch to another version, one after the other: which version each is to have now, and for what it waits.
import type { ComponentName, OperatorConfig } from '../api/operator-config.ts';
import type { ObjectReference } from './kubernetes.ts';
import { annotations, names } from './names.ts';
import { isOurs, type LiveObjects } from './objects.ts';
import { componentImage, type StackIdentity } from './stack.ts';
import type { Finding } from './status/conditions.ts';
import { stalledReasons } from './status/reasons.ts';
import { workloadProgress } from './status/workload.ts';
import { isAtLeast } from './versions.ts';

/** In the order in which they take a new version, after Elasticsearch. */
export const followers = ['kibana', 'logstash', 'filebeat'] as const;
export type Follower = (typeof followers)[number];

export const isFollower = (component: string): component is Follower => followers.some((one) => one === component);

/** Whether what happens to the workload of `one` is of concern to `other`, because it is its turn after it. */
export const isAheadOf = (one: string, other: string): boolean =>
  isFollower(one) && isFollower(other) && followers.indexOf(one) < followers.indexOf(other);

const called = {
  elasticsearch: 'Elasticsearch',
  kibana: 'Kibana',
  logstash: 'Logstash',
  filebeat: 'Filebeat',
} as const;

/** The one workload of a follower. */
export function workloadOf(follower: Follower, { name, namespace }: StackIdentity): ObjectReference {
  const kind = { kibana: 'Deployment', logstash: 'StatefulSet', filebeat: 'DaemonSet' }[follower];
  return { apiVersion: 'apps/v1', kind, namespace, name: names[follower](name) };
}

/** A follower whose workload is there. */
export interface FollowerState {
  /** The version of the stack that its pod template was made for; undefined when an operator made it that did not say so. */
  readonly version: string | undefined;
  /** Whether all its pods are of that template and ready. With no replicas it is, too. */
  readonly complete: boolean;
  /** No waiting mends what keeps the operator from changing it. */
  readonly refused: boolean;
}

/** A follower that is missing here has no workload of ours. */
export type FollowerStates = Partial<Readonly<Record<Follower, FollowerState>>>;

/** What is read of a condition. */
type Reason = Pick<Finding, 'type' | 'reason'>;

/** What is there of the followers. @param conditions of the stack */
export function followerStates(
  identity: StackIdentity,
  live: LiveObjects,
  conditions: readonly Reason[] = [],
): FollowerStates {
  const found = followers.flatMap((follower): readonly (readonly [Follower, FollowerState])[] => {
    const workload = live(workloadOf(follower, identity));
    if (workload === undefined || !isOurs(workload, identity)) return [];
    const { replicas = 1 } = (workload['spec'] ?? {}) as { readonly replicas?: number };
    const { complete } = workloadProgress(workload, replicas);
    const version = workload.metadata.annotations?.[annotations.stackVersion];
    return [[follower, { version, complete, refused: isRefused(follower, conditions) }]];
  });
  return Object.fromEntries(found);
}

/** Refused by name: by its own condition; or it waits for Secrets that cannot be made, as the condition of these says. */
function isRefused(follower: Follower, conditions: readonly Reason[]): boolean {
  const reasonOf = (type: string): string => conditions.find((one) => one.type === type)?.reason ?? '';
  const own = reasonOf(`${called[follower]}Ready`);
  return stalledReasons.has(own) || (own === 'WaitingForSecrets' && stalledReasons.has(reasonOf('CredentialsReady')));
}

/** What decides about the versions of all followers of a stack. */
export interface Following {
  /** The version of the stack that the spec asks for. */
  readonly wanted: string;
  /** The oldest program that a node of Elasticsearch runs; undefined while there is none. */
  readonly running: string | undefined;
  readonly states: FollowerStates;
  readonly config: OperatorConfig;
}

export interface Turn {
  /** The version of the stack by which the follower is to be made now. */
  readonly version: string;
  /** What it waits for before it takes the version that the spec asks for; undefined when it has that. */
  readonly waiting: string | undefined;
}

/**
 * Whose turn it is in a change of version. A follower is never newer than Elasticsearch. It takes a newer version of its
 * program when each one before it has all its pods at that version, ready: a version that does not work is then seen at
 * Kibana, before it reaches those through which logs come in. So one that does not become ready holds up those behind it.
 *
 * Nobody waits for one that is not there, has no replicas, or cannot be changed at all (`refused`): that may never end, and
 * the programs need Elasticsearch, not each other's version. Filebeat is the last: nobody waits for it. Nor does anyone
 * wait who is made for the first time, whose program stays the same, or who goes back to an older one, which has to be at
 * once.
 */
export function turnOf(follower: Follower, following: Following): Turn {
  const { wanted, states, config } = following;
  const program = (of: ComponentName, version: string): string => componentImage(of, version, config).version;
  const target = versionToFollow(following);
  const from = states[follower]?.version;
  const isFree = from === undefined || !isNewer(program(follower, target), program(follower, from));
  const first = isFree ? undefined : firstBehind(follower, target, following);
  const version = first === undefined || from === undefined ? target : from;
  const now = program(follower, version);
  if (now === program(follower, wanted)) return { version, waiting: undefined };
  const [awaited, at] = first === undefined ? (['elasticsearch', wanted] as const) : ([first, target] as const);
  const waiting = `It keeps to ${now} and waits for ${called[awaited]} to run ${program(awaited, at)}.`;
  return { version, waiting };
}

const isNewer = (version: string, other: string): boolean => version !== other && isAtLeast(version, other);

/** The first of those before a follower that does not run the target wholly and may yet come to it. */
function firstBehind(follower: Follower, target: string, { states, config }: Following): Follower | undefined {
  return followers.slice(0, followers.indexOf(follower)).find((one) => {
    const state = states[one];
    if (state === undefined || state.refused) return false;
    const { version, complete } = state;
    const arrived =
      version !== undefined &&
      componentImage(one, version, config).version === componentImage(one, target, config).version;
    return !arrived || !complete;
  });
}

/**
 * The version of the stack for components that keep to the Elasticsearch that really runs. `running` is the version of
 * its program, and images are found by the version of the stack, which may be another: where the spec's Elasticsearch
 * is that program already, the spec's version stands; else that by which a follower was made for this program.
 */
function versionToFollow({ wanted, running, states, config }: Following): string {
  if (running === undefined) return wanted;
  const recorded = followers.flatMap((one) => states[one]?.version ?? []);
  const found = [wanted, ...recorded].find(
    (version) => componentImage('elasticsearch', version, config).version === running,
  );
  return found ?? running;
}
