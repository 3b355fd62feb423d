// Which version of Elasticsearch a stack goes to now: the wanted one where that is a safe step, else the one that it must stay at or finish first.
import { liftedBy } from '../overrides.ts';
import type { Refusal } from '../refusal.ts';
import type { ComponentImage, ResolvedStack } from '../stack.ts';
import { isAtLeast } from '../versions.ts';
import type { ClusterLook, Observed } from './observed.ts';
import { clusterUnknownRule } from './rules/drain-safety.ts';
import {
  deprecated,
  downgradeRefused,
  indicesTooOld,
  startWithOld,
  upgradePathRefused,
  upgradeUnderWay,
} from './rules/upgrade.ts';
import { imageOfMember, isNew, memberVersions, newest, newestJoined, oldest, templateVersions } from './versions.ts';
import { claimedClusters } from './view.ts';

export interface VersionDecision {
  readonly value: ComponentImage;
  readonly refusals: readonly Refusal[];
  /** The look lacks what the decision needs: until then the version stays. */
  readonly needsDetail: boolean;
}

const goTo = (value: ComponentImage): VersionDecision => ({ value, refusals: [], needsDetail: false });

/**
 * Decides anew with every look. Until a node of the new version has joined, the old one may be set again. From then on
 * there is only forward: all nodes go to the newest version that ever joined before anything else.
 */
export function decideVersion(stack: ResolvedStack, observed: Observed): VersionDecision {
  const wanted = stack.images.elasticsearch;
  const templates = templateVersions(observed);
  const from = versionToKeep(observed, templates);
  if (from === undefined || from === wanted.version) return goTo(wanted);
  const { name } = stack.identity;
  const stay = (...refusals: readonly Refusal[]): VersionDecision => ({
    value: imageFor(from, templates, observed, wanted),
    refusals,
    needsDetail: false,
  });
  if (!isAtLeast(wanted.version, from)) return stay(downgradeRefused(name, from, wanted.version));
  if (memberVersions(observed).some((version) => version !== from))
    return stay(upgradeUnderWay(name, from, wanted.version));
  const path = upgradePathRefused(name, from, wanted.version);
  if (path !== undefined) return stay(path);
  if (isBegun(templates, wanted)) return goTo(wanted);
  const isMajor = from.split('.')[0] !== wanted.version.split('.')[0];
  if (isNew(observed)) return isMajor ? stay(startWithOld(name, from, wanted.version)) : goTo(wanted);
  if (!observed.cluster.answered) return stay(unknown(name, wanted, observed.cluster));
  return isMajor ? beforeMajor(stack, observed, stay) : goTo(wanted);
}

/** What took part in the cluster; a template's word counts only where a cluster has formed and nobody wrote down by which version. */
function versionToKeep(observed: Observed, templates: readonly ComponentImage[]): string | undefined {
  const joined = newestJoined(observed);
  if (joined !== undefined || claimedClusters(observed).length === 0) return joined;
  return oldest(templates.map(({ version }) => version));
}

/** Some pool has its template already: what had to be looked at was looked at then. */
const isBegun = (templates: readonly ComponentImage[], wanted: ComponentImage): boolean =>
  templates.some(({ version }) => version === wanted.version);

/** What must be mended before the first node takes a new major version. */
function beforeMajor(
  stack: ResolvedStack,
  { cluster, takenAt }: Observed,
  stay: (...refusals: readonly Refusal[]) => VersionDecision,
): VersionDecision {
  const wanted = stack.images.elasticsearch;
  const { name } = stack.identity;
  if (!cluster.answered) return stay();
  const { detail, detailFault } = cluster;
  if (detail?.deprecations === undefined)
    return detailFault === undefined ? { ...stay(), needsDetail: true } : stay(unknown(name, wanted, detailFault));
  const refusals = [
    ...indicesTooOld(detail, wanted.version),
    ...deprecated(name, detail.deprecations, wanted.version),
  ].filter((refusal) => liftedBy(stack.overrides, refusal, takenAt) === undefined);
  return refusals.length === 0 ? goTo(wanted) : stay(...refusals);
}

const unknown = (
  stack: string,
  { version }: ComponentImage,
  { code, message }: Pick<Extract<ClusterLook, { answered: false }>, 'code' | 'message'>,
): Refusal => ({
  rule: clusterUnknownRule.name,
  subject: `LoggingStack/${stack}`,
  message: `The upgrade to ${version} does not begin, because Elasticsearch gave no answer (${code}): ${message}`,
  remedy: clusterUnknownRule.remedy,
});

/** The image of a version by the templates that live, or else by its nodes. Where none has it, whatever was newest stays. */
function imageFor(
  version: string,
  templates: readonly ComponentImage[],
  observed: Observed,
  wanted: ComponentImage,
): ComponentImage {
  const last = newest(templates.map((one) => one.version));
  const of = (sought: string | undefined) => templates.find((one) => one.version === sought);
  return of(version) ?? imageOfMember(version, templates, observed) ?? of(last) ?? wanted;
}
