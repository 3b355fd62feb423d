// kubectl loggingstack plan: gives a proposed spec to the operator as a StackPlan, waits for what comes out, and prints it.
import { randomBytes } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import { apiVersion, kind } from '../api/logging-stack.ts';
import { plannedCondition, stackPlanKind, type StackPlanStatus } from '../api/stack-plan.ts';
import type { KubeObject } from '../core/kubernetes.ts';
import { isAborted, sleep, systemClock } from '../kube/clock.ts';
import { Fault } from '../kube/errors.ts';
import { locationOf, referenceTo } from '../kube/resources.ts';
import type { Connection } from './connection.ts';

/** A spec that somebody proposes for a stack. */
export interface Proposal {
  readonly stack: string;
  /** Undefined when the manifest names none. */
  readonly namespace: string | undefined;
  readonly spec: unknown;
}

/** The one LoggingStack in the text of a manifest; other kinds in it are left aside. Throws a Fault that says what is wrong. */
export function proposalIn(text: string, file: string): Proposal {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap((document) => ('errors' in document ? document.errors : []))[0];
  if (broken !== undefined) throw new Fault('BadRequest', `${file} is no YAML: ${broken.message}`);
  const objects = documents.map((document) => document.toJS() as Partial<KubeObject> | null);
  const [stack, ...others] = objects.filter((object) => object?.kind === kind);
  if (stack === undefined || stack === null) throw new Fault('BadRequest', `${file} holds no ${kind}.`);
  if (others.length > 0)
    throw new Fault('BadRequest', `${file} holds ${others.length + 1} objects of kind ${kind}: plan one at a time.`);
  if (stack.apiVersion !== apiVersion)
    throw new Fault('BadRequest', `${file}: apiVersion is ${stack.apiVersion ?? 'not given'}, not ${apiVersion}.`);
  const { name, namespace } = (stack.metadata ?? {}) as Partial<KubeObject['metadata']>;
  if (name === undefined) throw new Fault('BadRequest', `${file}: metadata.name is not given.`);
  return { stack: name, namespace, spec: stack['spec'] };
}

/** The StackPlan for a proposal. */
export function planObject({ stack, spec }: Proposal, namespace: string, suffix: string, ttl?: string): KubeObject {
  return {
    apiVersion,
    kind: stackPlanKind,
    metadata: { name: `${stack}-${suffix}`, namespace },
    spec: { stackRef: { name: stack }, proposed: spec, ...(ttl === undefined ? {} : { ttl }) },
  };
}

export interface Planned {
  /** Name of the StackPlan. */
  readonly name: string;
  readonly status: StackPlanStatus;
}

export interface PlanOptions {
  readonly ttl?: string;
  /** How long the operator may take. */
  readonly timeoutSeconds: number;
}

const pollMilliseconds = 500;

/** Makes a StackPlan and waits for it. Throws a Fault when the API server refuses the spec, or no plan comes. */
export async function requestPlan(
  { transport, namespace }: Connection,
  proposal: Proposal,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<Planned> {
  const wanted = planObject(proposal, namespace, randomBytes(4).toString('hex'), options.ttl);
  const location = locationOf(referenceTo(wanted));
  // Strict, as kubectl asks for: a misspelled field is an error, and is not dropped in silence.
  const query = { fieldValidation: 'Strict', fieldManager: 'kubectl-loggingstack' };
  await transport.request({ verb: 'create', location, query, body: wanted }, signal);
  const deadline = systemClock.now() + options.timeoutSeconds * 1000;
  let live = wanted;
  while (systemClock.now() < deadline) {
    live = (await transport.request({ verb: 'get', location }, signal)) as KubeObject;
    const status = finished(live);
    if (status !== undefined) return { name: wanted.metadata.name, status };
    await sleep(systemClock, pollMilliseconds, signal);
    if (isAborted(signal)) throw new Fault('Aborted', 'interrupted while the plan was made');
  }
  throw new Fault('TimedOut', unanswered(live, options.timeoutSeconds));
}

/** What is known of a plan that did not come in time. */
function unanswered(plan: KubeObject, seconds: number): string {
  const { name, namespace = '' } = plan.metadata;
  const planned = answerOn(plan);
  if (planned !== undefined)
    return `${stackPlanKind} ${name} is not planned after ${seconds} s (${planned.reason}): ${planned.message}`;
  return `${stackPlanKind} ${name} was made, but no operator has answered it within ${seconds} s: does one run, does it serve namespace ${namespace}, and is it at other plans?`;
}

/** What the operator says of this very plan; undefined while it has not come to it. */
function answerOn(plan: KubeObject) {
  const { conditions = [] } = (plan['status'] ?? {}) as StackPlanStatus;
  const planned = conditions.find(({ type }) => type === plannedCondition);
  return planned?.observedGeneration === plan.metadata.generation ? planned : undefined;
}

/** The reason that the operator gives for a plan that was cut off, or that ends short of what is proposed. */
const plannedInPart = 'PlannedInPart';

/** False for a plan that does not come to its end: what it would refuse later is not known. */
export const isWhole = ({ conditions = [] }: StackPlanStatus): boolean =>
  !conditions.some(({ type, reason }) => type === plannedCondition && reason === plannedInPart);

/** The status of a plan that is there; undefined while the operator has not come to it. Throws when it cannot be made. */
export function finished(plan: KubeObject): StackPlanStatus | undefined {
  const planned = answerOn(plan);
  if (planned === undefined || planned.status === 'Unknown') return undefined;
  if (planned.status === 'True') return plan['status'] ?? {};
  const { name, namespace = '' } = plan.metadata;
  throw new Fault(
    'RequestRefused',
    `No plan can be made in namespace ${namespace} (${stackPlanKind} ${name}, ${planned.reason}): ${planned.message}`,
  );
}
