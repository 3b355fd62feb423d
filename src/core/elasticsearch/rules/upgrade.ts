// Rules for another version of Elasticsearch: which steps there are, that there is no way back, and what must be mended before a new major version.
import { describeRule, type Refusal } from '../../refusal.ts';
import { isAtLeast } from '../../versions.ts';
import { someOf } from '../figures.ts';
import type { ClusterDetail, Deprecation } from '../observed.ts';

export const downgradeRule = describeRule({
  name: 'DowngradeRefused',
  liftable: 'never',
  reason: 'A volume that a newer version of Elasticsearch has used cannot be read by an older one.',
  remedy: 'Set spec.version to the version that the refusal names. An older one needs a new stack and a snapshot.',
});

export const upgradePathRule = describeRule({
  name: 'UpgradePathRefused',
  liftable: 'never',
  reason: 'Elasticsearch goes up within a major version, and to the next one from its last minor version only.',
  remedy: 'Set spec.version to the step that the refusal names, and go on when all nodes run it.',
});

export const indicesTooOldRule = describeRule({
  name: 'IndicesTooOld',
  liftable: 'override',
  reason:
    'Elasticsearch reads indices that the major version before it made, and none that are older: its nodes would not start.',
  remedy:
    'Reindex or delete the index; or override the rule for it, when it was made read-only as the upgrade assistant of Kibana does.',
});

export const deprecationsRule = describeRule({
  name: 'Deprecations',
  liftable: 'override',
  reason: 'What Elasticsearch itself calls a critical deprecation no longer works in its next major version.',
  remedy:
    'GET _migration/deprecations says what to change. Override the rule for what the refusal names when it does no harm.',
});

const major = (version: string): number => Number(version.split('.')[0]);

/** Sources: Elastic's upgrade documentation, "Upgrade paths"; 9.0 can be reached from 8.18 only, which is no last minor version. */
const lastMinor = '8.19';
const firstMinor = '9.1';

const subject = (stack: string): string => `LoggingStack/${stack}`;

/** Why there is no step from a version that all nodes run to a newer one; undefined when there is. */
export function upgradePathRefused(stack: string, from: string, to: string): Refusal | undefined {
  const refused = (message: string, remedy: string): Refusal => ({
    rule: upgradePathRule.name,
    subject: subject(stack),
    message: `Elasticsearch stays at ${from}: ${message}`,
    remedy,
  });
  if (major(from) === major(to)) return undefined;
  if (major(from) !== 8 || major(to) !== 9)
    return refused(
      `this operator knows no way from there to ${to}.`,
      `Set spec.version back to what gives Elasticsearch ${from}, or to a newer version of ${major(from)}.`,
    );
  if (!isAtLeast(from, lastMinor))
    return refused(
      `${to} can be reached from ${lastMinor} or newer only.`,
      `Set spec.version to a version of ${lastMinor} first, and to ${to} when all nodes run it.`,
    );
  if (!isAtLeast(to, firstMinor))
    return refused(`${to} cannot be reached from ${from}.`, `Set spec.version to ${firstMinor} or newer.`);
  return undefined;
}

/** Another version is asked for before all nodes run the one that was begun. */
export const upgradeUnderWay = (stack: string, version: string, wanted: string): Refusal => ({
  rule: upgradePathRule.name,
  subject: subject(stack),
  message: `Elasticsearch goes to ${version} first, which some nodes run already, and to ${wanted} when all do.`,
  remedy: `Nothing: it goes on by itself. Or set spec.version to what gives Elasticsearch ${version}.`,
});

/** Kept volumes of a deleted stack, before any node runs that could say what is on them. */
export const startWithOld = (stack: string, version: string, wanted: string): Refusal => ({
  rule: upgradePathRule.name,
  subject: subject(stack),
  message: `The kept volumes were last used by Elasticsearch ${version}: what must be mended before ${wanted} shows only when their nodes run.`,
  remedy: `Set spec.version to what gives Elasticsearch ${version} first, and to ${wanted} when all nodes run.`,
});

export const downgradeRefused = (stack: string, from: string, to: string): Refusal => ({
  rule: downgradeRule.name,
  subject: subject(stack),
  message: `Nodes of Elasticsearch ${from} have joined and the spec asks for ${to}: there is no way back to an older version; all nodes go to ${from}, or stay there.`,
  remedy: `Set spec.version to what gives Elasticsearch ${from}, or to a newer version.`,
});

/** The first of them are named; the rest follow when these are mended. */
const mostNamed = 10;

/** Indices that the new major version could not read. */
export function indicesTooOld({ indices }: ClusterDetail, to: string): readonly Refusal[] {
  return indices
    .filter((index) => major(index.createdIn) < major(to) - 1)
    .slice(0, mostNamed)
    .map(({ name, createdIn }) => ({
      rule: indicesTooOldRule.name,
      subject: `index/${name}`,
      message: `Elasticsearch ${to} cannot read ${name}, which ${createdIn} made.`,
      remedy: `Reindex or delete ${name}. If it is read-only as an archive already, override the rule for index/${name}.`,
    }));
}

/** What Elasticsearch itself warns of; all that is of no single index under the name of the stack. */
export function deprecated(stack: string, deprecations: readonly Deprecation[], to: string): readonly Refusal[] {
  const groups = Map.groupBy(deprecations, ({ index }) => (index === undefined ? subject(stack) : `index/${index}`));
  return [...groups].slice(0, mostNamed).map(([name, group]) => ({
    rule: deprecationsRule.name,
    subject: name,
    message: `Before Elasticsearch goes to ${to}: ${someOf(group.map(({ message }) => message))}`,
    remedy: `GET _migration/deprecations says what to change. If it does no harm, override the rule for ${name}.`,
  }));
}
