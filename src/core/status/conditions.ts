// Conditions and refusals as they stand in a stack's status: what to write so that an unchanged look writes nothing.
import { contains } from '../objects.ts';
import type { Refusal } from '../refusal.ts';
import { graveReasons } from './reasons.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A condition less what only its writer knows (generation and time). Figures in the message are rounded so that a poll is not a write. */
export interface Finding {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
  /** Of a condition that stays as it was, because nobody could look: the generation that it is about. Default: the live one. */
  readonly observedGeneration?: number;
}

export interface Condition extends Finding {
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

/** As it is read from a status, which others may have written. */
type StandingCondition = Pick<Condition, 'status' | 'lastTransitionTime'>;

/** A refusal as users read it in `status.blocked`. */
export interface Blocked extends Refusal {
  readonly component: string;
  readonly since: string;
}

/** The parts of a status that every component writes. */
export interface SharedStatus {
  readonly conditions?: readonly Condition[];
  readonly blocked?: readonly Blocked[];
}

/** What one component has to say about a stack. `section` is its own part of the status, if it has one. */
export interface ComponentReport {
  readonly component: string;
  readonly generation: number;
  readonly findings: readonly Finding[];
  readonly refusals: readonly Refusal[];
  readonly section: Readonly<Record<string, unknown>>;
}

/** Messages and remedies longer than this are cut: the schema refuses more. */
const longestMessage = 1024;

const cut = (text: string): string => (text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`);

/** What is to stand for a finding. @param before the condition of this type as it stands. @param now RFC 3339 */
export function toCondition(
  finding: Finding,
  generation: number,
  before: StandingCondition | undefined,
  now: string,
): Condition {
  const kept = before !== undefined && before.status === finding.status;
  return {
    ...finding,
    message: cut(finding.message),
    observedGeneration: finding.observedGeneration ?? generation,
    lastTransitionTime: kept ? before.lastTransitionTime : now,
  };
}

const sameRefusal = (first: Refusal, second: Refusal): boolean =>
  first.rule === second.rule && first.subject === second.subject;

/** One refusal for each rule and subject, which are the keys of the list: the API server refuses a list with one key twice. */
function mergedRefusals(refusals: readonly Refusal[]): readonly Refusal[] {
  const groups = Map.groupBy(refusals, ({ rule, subject }) => `${rule}/${subject}`);
  const joined = (texts: readonly string[]): string => cut([...new Set(texts)].join(' '));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const all = [first, ...others];
    return [{ ...first, message: joined(all.map((one) => one.message)), remedy: joined(all.map((one) => one.remedy)) }];
  });
}

/** The schema takes 64 of all components together. Those of Elasticsearch name indices, of which there are many. */
const mostRefusals = (component: string): number => (component === 'elasticsearch' ? 40 : 4);

/**
 * No more refusals than may be: the first of each rule, and one that stands for its others. They are sorted, for those that
 * are left out must be the same at each look.
 */
function fewRefusals(refusals: readonly Refusal[], most: number): readonly Refusal[] {
  if (refusals.length <= most) return refusals;
  const rules = [...Map.groupBy(refusals, ({ rule }) => rule).values()];
  const each = Math.max(1, Math.floor(most / rules.length));
  return rules.flatMap((ofRule) => firstOf(ofRule, each)).slice(0, most);
}

function firstOf(ofRule: readonly Refusal[], each: number): readonly Refusal[] {
  if (ofRule.length <= each) return ofRule;
  const sorted = ofRule.toSorted((one, other) => (one.subject < other.subject ? -1 : 1));
  const rest = sorted.slice(each - 1);
  const [first] = sorted;
  if (first === undefined) return [];
  const message = `And ${rest.length} more: ${rest.map(({ subject }) => subject).join(', ')}.`;
  const remedy = `For each of them as for ${first.subject}: ${first.remedy}`;
  return [
    ...sorted.slice(0, each - 1),
    { rule: first.rule, subject: 'others', message: cut(message), remedy: cut(remedy) },
  ];
}

/** The status that a component should own now, with transition times carried over from what stands. */
export function componentStatus(report: ComponentReport, live: SharedStatus, now: string): Record<string, unknown> {
  const ours = (live.blocked ?? []).filter((entry) => entry.component === report.component);
  const conditions = report.findings.map((finding) =>
    toCondition(
      finding,
      report.generation,
      live.conditions?.find((other) => other.type === finding.type),
      now,
    ),
  );
  const refusals = fewRefusals(mergedRefusals(report.refusals), mostRefusals(report.component));
  const blocked = refusals.map((refusal) => ({
    component: report.component,
    ...refusal,
    since: ours.find((entry) => sameRefusal(entry, refusal))?.since ?? now,
  }));
  return {
    ...report.section,
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(blocked.length === 0 ? {} : { blocked }),
  };
}

/** Whether writing `wanted` would change the live status: a field differs, or a refusal of this component is no longer there. */
export function statusDiffers(
  component: string,
  live: SharedStatus,
  wanted: Readonly<Record<string, unknown>>,
): boolean {
  if (!containsStatus(live, wanted)) return true;
  const wantedBlocked = (wanted['blocked'] ?? []) as readonly Blocked[];
  const ours = (live.blocked ?? []).filter((entry) => entry.component === component);
  return ours.length !== wantedBlocked.length;
}

/** Conditions and refusals are lists with keys, shared by all components: each of ours is compared with its namesake. */
function containsStatus(live: SharedStatus, wanted: Readonly<Record<string, unknown>>): boolean {
  const { conditions = [], blocked = [], ...section } = wanted as SharedStatus & Record<string, unknown>;
  const standing = live as Readonly<Record<string, unknown>>;
  // Both ways: a section has one owner, and what it no longer says must not stay.
  const same = (value: unknown, stands: unknown): boolean => contains(stands, value) && contains(value, stands);
  return (
    Object.entries(section).every(([field, value]) => same(value, standing[field])) &&
    conditions.every((one) =>
      contains(
        live.conditions?.find((other) => other.type === one.type),
        one,
      ),
    ) &&
    blocked.every((one) =>
      contains(
        live.blocked?.find((other) => other.component === one.component && sameRefusal(other, one)),
        one,
      ),
    )
  );
}

/** A change worth an Event: a condition changed its status or reason, or a refusal is new. */
export interface Transition {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
  readonly occurrence: string;
}

/** The transitions between what stood and what is written now. */
export function transitions(live: SharedStatus, wanted: Readonly<Record<string, unknown>>): readonly Transition[] {
  const { conditions = [], blocked = [] } = wanted as SharedStatus;
  const changed = conditions.filter((one) => {
    const before = live.conditions?.find((other) => other.type === one.type);
    return before?.status !== one.status || before.reason !== one.reason;
  });
  const refused = blocked.filter(
    (one) => live.blocked?.some((other) => other.component === one.component && sameRefusal(other, one)) !== true,
  );
  return [
    ...changed.map((one): Transition => ({
      type: graveReasons.has(one.reason) ? 'Warning' : 'Normal',
      reason: one.reason,
      note: `${one.type} is ${one.status}: ${one.message}`,
      occurrence: `${one.type}/${one.status}/${one.reason}/${one.lastTransitionTime}`,
    })),
    ...refused.map((one): Transition => ({
      type: 'Warning',
      reason: one.rule,
      note: `${one.subject}: ${one.message} ${one.remedy}`,
      occurrence: `${one.component}/${one.rule}/${one.subject}/${one.since}`,
    })),
  ];
}
