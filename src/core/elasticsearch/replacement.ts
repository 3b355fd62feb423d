// Replaces a node with its volume when an annotation asks for it: once, and only when nothing is lost with the volume. What was to be replaced is recorded in the status before anything goes.
import type { KubeObject } from '../kubernetes.ts';
import { type ObjectAction, referenceOf } from '../objects.ts';
import { liftedBy } from '../overrides.ts';
import type { Refusal } from '../refusal.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Underway } from '../status/progress.ts';
import type { PlanContext } from './context.ts';
import { isDataRole, nodeName, rolesOf, wantedNodes } from './leaving.ts';
import type { Observed } from './observed.ts';
import { clusterUnknownRule } from './rules/drain-safety.ts';
import { noSuchNodeRule, replacementLosesData, replacementRisksQuorum } from './rules/replacement.ts';
import { notSettled } from './rules/settled.ts';
import { volumesGoing } from './rules/volume-going.ts';
import { claimOf, hasJoined, isReady, liveObject, type SetView } from './view.ts';

export interface Replacement {
  readonly actions: readonly ObjectAction[];
  readonly refusals: readonly Refusal[];
  readonly waiting: readonly string[];
  readonly needsDetail: boolean;
}

export const noReplacement: Replacement = { actions: [], refusals: [], waiting: [], needsDetail: false };

/** The node as it stands: the claim and the pod that are there now. */
interface Parts {
  readonly claim: KubeObject | undefined;
  readonly pod: KubeObject | undefined;
}

const partsOf = (observed: Observed, name: string): Parts => ({
  claim: liveObject(observed, 'PersistentVolumeClaim', claimOf(name)),
  pod: liveObject(observed, 'Pod', name),
});

/** What the status records of a node that is to be replaced: `<uid of the claim>/<uid of the pod>`. */
export function replacementTarget({ requests }: ResolvedStack, observed: Observed): string | undefined {
  const { replaceNode } = requests;
  if (replaceNode === undefined) return undefined;
  const { claim, pod } = partsOf(observed, replaceNode.value);
  return replaceNode.target ?? `${claim?.metadata.uid ?? ''}/${pod?.metadata.uid ?? ''}`;
}

/** Those parts of the node that are still the old ones. A pod on the old volume is an old one, whenever it was made. */
function oldParts({ claim, pod }: Parts, target: string): Parts {
  const [claimUid, podUid] = target.split('/');
  const old = claim?.metadata.uid === claimUid ? claim : undefined;
  return { claim: old, pod: old !== undefined || pod?.metadata.uid === podUid ? pod : undefined };
}

/** Whether the new node serves in the place of the old one. */
export function isReplaced({ requests }: ResolvedStack, observed: Observed): boolean {
  const { value, target } = requests.replaceNode ?? {};
  if (value === undefined || target === undefined) return false;
  const parts = partsOf(observed, value);
  const old = oldParts(parts, target);
  if (old.claim !== undefined || old.pod !== undefined || parts.claim === undefined) return false;
  return parts.pod !== undefined && isReady(parts.pod) && hasJoined(observed.cluster, value);
}

/** What the status shows of it as progress. */
export function replacementUnderway(stack: ResolvedStack, observed: Observed): readonly Underway[] {
  const { replaceNode } = stack.requests;
  if (replaceNode === undefined || replaceNode.done || isReplaced(stack, observed)) return [];
  return [{ step: 'Replacement', subject: `Pod/${replaceNode.value}` }];
}

const wait = (message: string): Replacement => ({ ...noReplacement, waiting: [message] });
const refuse = (refusals: readonly Refusal[]): Replacement => ({ ...noReplacement, refusals });

/** Plans the next step of the replacement that is asked for, if any, and names nodes that need one. `busy`: nodes are being drained. */
export function planReplacement(context: PlanContext, busy: boolean): Replacement {
  const { replaceNode } = context.stack.requests;
  const asked = replaceNode?.done === false ? `Pod/${replaceNode.value}` : undefined;
  const step = nextStep(context, busy);
  return { ...step, refusals: [...step.refusals, ...volumesGoing(context).filter(({ subject }) => subject !== asked)] };
}

function nextStep(context: PlanContext, busy: boolean): Replacement {
  const { stack, observed, sets } = context;
  const { replaceNode } = stack.requests;
  if (replaceNode === undefined || replaceNode.done) return noReplacement;
  const { value: name, target } = replaceNode;
  const set = sets.find((one) =>
    Array.from({ length: wantedNodes(stack, one) }, (_, ordinal) => nodeName(one, ordinal)).includes(name),
  );
  if (set === undefined) return refuse([noSuchNode(name)]);
  // Without the record a crash could not be told from a wish for another replacement.
  if (target === undefined) return wait(`The replacement of ${name} is being recorded.`);
  const old = oldParts(partsOf(observed, name), target);
  if (old.claim === undefined && old.pod === undefined)
    return isReplaced(stack, observed) ? noReplacement : wait(`Waiting for the new ${name} to join.`);
  return judge(context, set, name, busy) ?? { ...noReplacement, actions: deletions(old), waiting: [going(name)] };
}

const going = (name: string): string => `${name} is being replaced with its volume.`;

/** What speaks against it now; undefined when nothing does. */
function judge(context: PlanContext, set: SetView, name: string, busy: boolean): Replacement | undefined {
  const { stack, observed } = context;
  const { cluster } = observed;
  if (!cluster.answered) return refuse([unknown(name, cluster)]);
  if (cluster.detail === undefined) {
    const refusals = cluster.detailFault === undefined ? [] : [unknown(name, cluster.detailFault)];
    return { ...wait(`Waiting for a closer look before ${name} is replaced.`), refusals, needsDetail: true };
  }
  const roles = rolesOf(set);
  const refusals = [
    ...(roles.some(isDataRole) ? replacementLosesData(cluster.detail, name) : []),
    ...(roles.includes('master') ? replacementRisksQuorum(cluster, name) : []),
  ].filter((refusal) => liftedBy(stack.overrides, refusal, observed.takenAt) === undefined);
  if (refusals.length > 0) return refuse(refusals);
  if (!hasJoined(cluster, name)) return undefined;
  // One that serves is one more that is away.
  const gate = busy ? 'the nodes that are being drained' : notSettled(context);
  return gate === undefined ? undefined : wait(`The replacement of ${name} waits for ${gate}.`);
}

const noSuchNode = (name: string): Refusal => ({
  rule: noSuchNodeRule.name,
  subject: `Pod/${name}`,
  message: `${name} is to be replaced by the annotation, but the spec asks for no node of that name.`,
  remedy: 'Set the annotation to the name of a pod of a pool that the spec has, or take it away.',
});

const unknown = (name: string, { code, message }: { readonly code: string; readonly message: string }): Refusal => ({
  rule: clusterUnknownRule.name,
  subject: `Pod/${name}`,
  message: `${name} cannot be replaced now, because Elasticsearch gave no answer (${code}): ${message}`,
  remedy: 'Nothing, if this passes within minutes. Otherwise look at the logs of the Elasticsearch pods.',
});

/** The claim first: while the pod uses it, it is only marked as going, and no new pod takes it. */
const deletions = ({ claim, pod }: Parts): readonly ObjectAction[] =>
  [claim, pod]
    .filter((object) => object !== undefined)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((object) => {
      const { uid = '', resourceVersion = '' } = object.metadata;
      return { kind: 'delete', reference: referenceOf(object), uid, resourceVersion };
    });
