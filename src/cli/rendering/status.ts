// A stack's status as lines of text: what a terminal shows, and what changed from one status to the next.
import type { LoggingStackStatus } from '../../api/logging-stack-status.ts';
import { ageText, bar, indented, tableLines } from './amounts.ts';

/** A LoggingStack as far as it is shown. */
export interface ShownStack {
  readonly name: string;
  readonly namespace: string;
  /** `metadata.generation`: conditions of another one speak of an earlier spec. */
  readonly generation: number;
  readonly paused: boolean;
  readonly status: LoggingStackStatus;
}

type Condition = NonNullable<LoggingStackStatus['conditions']>[number];
type Blocked = NonNullable<LoggingStackStatus['blocked']>[number];
type Progress = NonNullable<NonNullable<LoggingStackStatus['elasticsearch']>['progress']>[number];

/** The whole status. */
export function statusLines(stack: ShownStack, now: Date): readonly string[] {
  const { status } = stack;
  return [
    headline(stack),
    ...(stack.paused ? ['It is paused: the operator only says what it would do.'] : []),
    ...section('Conditions', conditionLines(status.conditions ?? [], stack.generation, now)),
    ...section('Elasticsearch', elasticsearchLines(status)),
    ...section('Components', componentLines(status)),
    ...section('Under way', progressLines(status, now)),
    ...section(
      'Blocked',
      (status.blocked ?? []).flatMap((one) => blockedLines(one, now)),
    ),
    ...section('Asked for by annotation', requestLines(status, now)),
  ];
}

function headline({ name, namespace, generation, status }: ShownStack): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const where = `Stack ${name} in namespace ${namespace}`;
  if (ready === undefined) return `${where}: the operator has not looked at it yet.`;
  if (ready.observedGeneration !== generation) return `${where}: the operator has not looked at its last change yet.`;
  return `${where}: ${ready.status === 'True' ? 'ready' : 'not ready'}. ${ready.message}`;
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `${title}:`, ...indented(lines)];

function conditionLines(conditions: readonly Condition[], generation: number, now: Date): readonly string[] {
  return tableLines(
    conditions.map((one) => [
      one.type,
      one.observedGeneration === generation ? one.status : `${one.status} (of an earlier spec)`,
      ageText(one.lastTransitionTime, now),
      one.reason,
      one.message,
    ]),
  );
}

function elasticsearchLines({ version, elasticsearch }: LoggingStackStatus): readonly string[] {
  if (elasticsearch === undefined) return [];
  const { health, pools = [] } = elasticsearch;
  const rows = pools.map(({ name, desired, ready, updated }) => [
    `pool ${name}`,
    `${ready} of ${desired} ready`,
    updated < desired ? `rolling ${bar((updated / desired) * 100)}` : `${updated} up to date`,
  ]);
  return [`version ${version ?? 'not known yet'}, health ${health ?? 'unknown'}`, ...tableLines(rows)];
}

function componentLines({ kibana, logstash, filebeat }: LoggingStackStatus): readonly string[] {
  const rows = Object.entries({ kibana, logstash, filebeat }).flatMap(([name, one]) =>
    one === undefined ? [] : [[name, `${one.ready} of ${one.desired} ready`]],
  );
  return tableLines(rows);
}

const progressOf = (status: LoggingStackStatus): readonly Progress[] => status.elasticsearch?.progress ?? [];

const progressLines = (status: LoggingStackStatus, now: Date): readonly string[] =>
  tableLines(
    progressOf(status).map((one) => [
      one.step,
      one.subject,
      bar(one.percent),
      ageText(one.since, now),
      one.message ?? '',
    ]),
  );

const blockedLines = (one: Blocked, now: Date): readonly string[] => [
  `${one.rule}: ${one.subject}, for ${ageText(one.since, now)}`,
  `  ${one.message}`,
  `  What helps: ${one.remedy}`,
];

const requestLines = ({ requests = [] }: LoggingStackStatus, now: Date): readonly string[] =>
  tableLines(
    requests.map(({ name, value, state, since }) => [
      name,
      value,
      state === 'Done' ? 'done' : 'under way',
      ageText(since, now),
    ]),
  );

/** What is new in a status, one line each: for output that is no terminal. */
export function changeLines(before: ShownStack, after: ShownStack): readonly string[] {
  return [
    ...conditionChanges(before.status.conditions ?? [], after.status.conditions ?? []),
    ...blockedChanges(before.status.blocked ?? [], after.status.blocked ?? []),
    ...poolChanges(before.status, after.status),
    ...progressChanges(progressOf(before.status), progressOf(after.status)),
  ];
}

function conditionChanges(before: readonly Condition[], after: readonly Condition[]): readonly string[] {
  return after
    .filter((one) => {
      const old = before.find(({ type }) => type === one.type);
      return old?.status !== one.status || old.reason !== one.reason || old.message !== one.message;
    })
    .map((one) => `${one.type} is ${one.status} (${one.reason}): ${one.message}`);
}

const keyOf = (one: Blocked): string => `${one.component}/${one.rule}/${one.subject}`;

function blockedChanges(before: readonly Blocked[], after: readonly Blocked[]): readonly string[] {
  const old = new Map(before.map((one) => [keyOf(one), one.message]));
  const now = new Set(after.map(keyOf));
  return [
    ...after
      .filter((one) => old.get(keyOf(one)) !== one.message)
      .map((one) => `Blocked by ${one.rule}, ${one.subject}: ${one.message} What helps: ${one.remedy}`),
    ...before.filter((one) => !now.has(keyOf(one))).map((one) => `No longer blocked by ${one.rule}, ${one.subject}`),
  ];
}

function poolChanges(before: LoggingStackStatus, after: LoggingStackStatus): readonly string[] {
  const old = before.elasticsearch?.pools ?? [];
  return (after.elasticsearch?.pools ?? [])
    .filter((pool) => {
      const was = old.find(({ name }) => name === pool.name);
      return was?.desired !== pool.desired || was.ready !== pool.ready || was.updated !== pool.updated;
    })
    .map(({ name, desired, ready, updated }) => `Pool ${name}: ${ready} of ${desired} ready, ${updated} up to date`);
}

function progressChanges(before: readonly Progress[], after: readonly Progress[]): readonly string[] {
  const same = (one: Progress) => (other: Progress) => other.step === one.step && other.subject === one.subject;
  return [
    ...after
      .filter((one) => before.find(same(one))?.percent !== one.percent)
      .map(
        (one) =>
          `${one.step} of ${one.subject}: ${one.percent} %${one.message === undefined ? '' : `. ${one.message}`}`,
      ),
    ...before.filter((one) => !after.some(same(one))).map((one) => `${one.step} of ${one.subject} has ended`),
  ];
}
