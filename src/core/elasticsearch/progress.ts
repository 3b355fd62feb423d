// What is under way in a stack's Elasticsearch, and how much of it is left: what the status shows as progress.
import type { Underway } from '../status/progress.ts';
import { ownExclusions } from './exclusions.ts';
import { roundedBytes, shardsInWords } from './figures.ts';
import type { AnsweredLook, Observed } from './observed.ts';
import { memberVersions, newest, templateVersions } from './versions.ts';
import { type SetView, setViews } from './view.ts';
import { claimsOfSet, isGrowing } from './volumes.ts';

/** Drains, rolls and the recovery of copies, as one look shows them. */
export function underwayIn(observed: Observed): readonly Underway[] {
  const { cluster } = observed;
  const rolls = [...upgradeIn(observed), ...setViews(observed).flatMap(rollOf), ...expansionsIn(observed)];
  return cluster.answered ? [...drainsIn(cluster), ...rolls, ...recoveryIn(cluster)] : rolls;
}

/** Nodes that are emptied by the operator's doing. How much is left on them is known only to a closer look. */
function drainsIn(look: AnsweredLook): readonly Underway[] {
  const { detail } = look;
  return ownExclusions(look).map((node) => {
    const drain = { step: 'Drain', subject: `Pod/${node}` } as const;
    if (detail === undefined) return drain;
    const copies = detail.shards.filter((copy) => copy.node === node);
    const left = copies.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    const text =
      copies.length === 0 ? 'It is empty.' : `${shardsInWords(copies.length)} of ${roundedBytes(left)} left.`;
    return { ...drain, left, text };
  });
}

/** Nodes that do not run the newest version of the templates yet. */
function upgradeIn(observed: Observed): readonly Underway[] {
  const version = newest(templateVersions(observed).map((one) => one.version));
  const nodes = memberVersions(observed);
  const left = nodes.filter((one) => one !== version).length;
  if (version === undefined || left === 0) return [];
  const text = `${left} of ${nodes.length} nodes do not run ${version} yet.`;
  return [{ step: 'Upgrade', subject: 'Elasticsearch/nodes', left, total: nodes.length, text }];
}

/** A pool whose pods are not all of the newest template. */
function rollOf({ object, pods, rolledOut, replicas }: SetView): readonly Underway[] {
  const left = pods.filter((pod) => pod.outdated).length;
  if (rolledOut || left === 0) return [];
  const text = `${left} of ${replicas} nodes have the old template.`;
  return [{ step: 'Roll', subject: `StatefulSet/${object.metadata.name}`, left, total: replicas, text }];
}

/** Volumes that are smaller than their claims ask for. */
function expansionsIn(observed: Observed): readonly Underway[] {
  return setViews(observed).flatMap(({ object: { metadata } }) => {
    const claims = claimsOfSet(observed, metadata.name);
    const left = claims.filter(isGrowing).length;
    if (left === 0) return [];
    const text = `${left} of ${claims.length} volumes are being made larger.`;
    return [{ step: 'VolumeExpansion', subject: `StatefulSet/${metadata.name}`, left, total: claims.length, text }];
  });
}

/** Copies that are not there: after a restart they come back one by one. */
function recoveryIn({ health }: AnsweredLook): readonly Underway[] {
  const left = health.initializing + health.unassigned;
  if (health.status === 'green' || left === 0) return [];
  return [
    { step: 'Recovery', subject: 'Elasticsearch/shards', left, text: `${shardsInWords(left)} without a place yet.` },
  ];
}
