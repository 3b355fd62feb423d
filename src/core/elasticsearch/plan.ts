// The planner of a stack's Elasticsearch: from the wanted stack and one look, the next safe writes and the reasons for every wait.
import { planObjects } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import type { ConfigTemplates } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import type { Finding } from '../status/conditions.ts';
import { type Action, isElasticsearchAction } from './actions.ts';
import { planBootstrap } from './bootstrap.ts';
import type { PlanContext } from './context.ts';
import { desiredShared } from './desired/index.ts';
import { noDrains, planDrains } from './drains.ts';
import { effectiveStack } from './effective.ts';
import { noExpansion, planExpansion } from './expansion.ts';
import { planIndexTemplate, templateFindings } from './index-template.ts';
import type { Observed } from './observed.ts';
import { planPools, type PoolStep } from './pools.ts';
import { noReplacement, planReplacement } from './replacement.ts';
import { planRestart } from './protection.ts';
import { planRetention } from './retention.ts';
import { type ElasticsearchSection, readyFinding, section } from './report.ts';
import { leftovers, ownObjects } from './leftovers.ts';
import { podsNotGone } from './rules/pod-not-gone.ts';
import { recordVersions } from './versions.ts';
import { liveObject, setViews } from './view.ts';

export interface ElasticsearchPlan {
  /** All that is to be done, in this order; any prefix is safe. */
  readonly actions: readonly Action[];
  /** The same, in chains that do not depend on each other: where one write is refused for good, the others go on. */
  readonly chains: readonly (readonly Action[])[];
  readonly refusals: readonly Refusal[];
  /** The conditions ElasticsearchReady, IndexTemplateReady and RetentionEffective. */
  readonly findings: readonly Finding[];
  readonly section: ElasticsearchSection;
  /** Whether a change needs a closer look than this one was; nothing of this plan is carried out when one can be taken. */
  readonly needsDetail: boolean;
  /** Whether the closer look must tell of deprecations, too. */
  readonly needsDeprecations: boolean;
  /** When to look again although nothing changed in Kubernetes: often while something moves, seldom at rest. */
  readonly requeueAfterSeconds: number;
}

const secondsWhileMoving = 5;
const secondsAtRest = 60;
/** What Elasticsearch was told has come about by then, and while nodes restart every moment counts. */
const secondsWhileRolling = 1;
const noTemplate = { actions: [], needsDetail: false } as const;

function secondsToWait(ready: Finding, actions: readonly Action[], steps: readonly PoolStep[]): number {
  if (ready.status === 'True' && actions.length === 0) return secondsAtRest;
  return actions.some(isElasticsearchAction) || steps.some((step) => step.rolls)
    ? secondsWhileRolling
    : secondsWhileMoving;
}

/** Plans one step. Pure: equal arguments give an equal plan. */
export function plan(wanted: ResolvedStack, observed: Observed, templates: ConfigTemplates): ElasticsearchPlan {
  const left = leftovers(wanted.identity, observed);
  const own = ownObjects(wanted.identity, observed, left);
  const effective = effectiveStack(wanted, own);
  const bootstrap = planBootstrap(effective.stack, own, left);
  const mayMake = bootstrap.leftovers.length === 0;
  const before: PlanContext = {
    stack: effective.stack,
    observed,
    templates,
    bootstrap,
    startRefusals: effective.startRefusals,
    sets: setViews(own),
    leaving: new Set(),
  };
  // With volumes or a cluster that may be another's, nodes are neither started, nor changed, nor taken away.
  const isSafe = mayMake && bootstrap.refusal === undefined;
  const drains = isSafe ? planDrains({ ...before, observed: own }) : noDrains(effective.stack);
  const { stack } = drains;
  const context: PlanContext = { ...before, stack, leaving: drains.leaving };
  const shared = planObjects(
    stack.identity,
    'elasticsearch',
    mayMake ? desiredShared(stack, templates) : [],
    ({ kind, name }) => liveObject(observed, kind, name),
  );
  const replacement = isSafe ? planReplacement(context, drains.busy) : noReplacement;
  const steps = isSafe ? planPools(context, !drains.busy && replacement.actions.length === 0) : [];
  const expansion = isSafe ? planExpansion(wanted, context) : noExpansion;
  const trusted = isSafe && observed.cluster.answered ? observed.cluster : undefined;
  const template = trusted === undefined ? noTemplate : planIndexTemplate(stack, trusted);
  const due = steps.find((step) => step.due !== undefined)?.due;
  // What was set for a restart is given back also while nothing else may be done.
  const restart = bootstrap.refusal === undefined ? planRestart(context, due) : [];
  const chains: readonly (readonly Action[])[] = [
    restart,
    [
      ...expansion.growing,
      // Whoever looks next must know which versions took part before anything more is done to pools.
      ...(isSafe ? recordVersions(own) : []),
      ...planRetention(stack, context.sets),
      ...shared.actions,
      ...steps.flatMap((step) => step.actions),
      ...bootstrap.actions,
      ...replacement.actions,
      ...expansion.recreating,
    ],
    template.actions,
    drains.actions,
  ];
  const actions = chains.flat();
  const ready = readyFinding(context, steps, {
    draining: drains.waiting,
    others: [...replacement.waiting, ...expansion.waiting],
  });
  return {
    actions,
    chains,
    refusals: [
      ...(bootstrap.refusal === undefined ? [] : [bootstrap.refusal]),
      ...effective.refusals,
      ...podsNotGone(context),
      ...drains.refusals,
      ...replacement.refusals,
      ...shared.refusals,
      ...steps.flatMap((step) => step.refusals),
    ],
    findings: [ready, ...templateFindings(stack, trusted, template)],
    section: section(wanted, context),
    needsDetail:
      [effective, drains, template, replacement].some((one) => one.needsDetail) ||
      steps.some((step) => step.needsDetail),
    needsDeprecations: effective.needsDetail,
    requeueAfterSeconds: secondsToWait(ready, actions, steps),
  };
}
