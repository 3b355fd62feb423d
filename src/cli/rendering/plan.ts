// A plan as lines of text: its steps with sizes and times, what would be refused, what would be lost.
import { plannedCondition, type StackPlanStatus } from '../../api/stack-plan.ts';
import { durationText, indented, sizeText, tableLines } from './amounts.ts';

type Step = NonNullable<StackPlanStatus['steps']>[number];

/** The whole plan of the stack of this name; `name` is that of the StackPlan. */
export function planLines(stack: string, name: string, plan: StackPlanStatus): readonly string[] {
  const { observed, expiresAt, steps = [], refusals = [] } = plan;
  const from = observed === undefined ? '' : `, from its generation ${observed.generation} at ${observed.at}`;
  const until = expiresAt === undefined ? '' : ` It is kept as StackPlan ${name} until ${expiresAt}.`;
  return [
    `Plan for stack ${stack}${from}.${until}`,
    '',
    ...(steps.length === 0 ? ['Nothing would be done.'] : [...indented(stepLines(steps)), '', summary(steps)]),
    ...remarks(plan),
    ...(refusals.length === 0 ? [] : ['', 'Refused:']),
    ...refusals.flatMap(({ rule, subject, message, remedy }) =>
      indented([`${rule}: ${subject}`, `  ${message}`, `  What helps: ${remedy}`]),
    ),
    '',
    lossLine(plan.bytesLost),
  ];
}

/** What the operator remarks on the plan as a whole, such as how durations were estimated. */
const remarks = ({ conditions = [] }: StackPlanStatus): readonly string[] =>
  conditions.filter(({ type, status }) => type === plannedCondition && status === 'True').map(({ message }) => message);

function stepLines(steps: readonly Step[]): readonly string[] {
  const rows = steps.toSorted((first, second) => first.order - second.order).map(stepRow);
  return tableLines([['#', 'STEP', 'SUBJECT', 'SIZE', 'TIME', 'AFTER'], ...rows]);
}

const stepRow = (step: Step): readonly string[] => [
  String(step.order),
  step.action,
  step.subject,
  step.sizeBytes === undefined ? '' : sizeText(step.sizeBytes),
  step.seconds === undefined ? '' : durationText(step.seconds),
  (step.dependsOn ?? []).join(', '),
];

function summary(steps: readonly Step[]): string {
  const bytes = steps.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const seconds = longestWay(steps);
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  const moved = bytes === 0 ? '' : `, ${sizeText(bytes)} to move`;
  return `${count}${moved}${seconds === 0 ? '' : `, about ${durationText(seconds)}`}.`;
}

/** Seconds until the last step has ended, when each begins as soon as those that it depends on have. */
export function longestWay(steps: readonly Step[]): number {
  const ends = new Map<number, number>();
  // A step depends on earlier ones only, so that their ends are known; what is not known counts as no wait.
  for (const { order, seconds = 0, dependsOn = [] } of steps.toSorted((a, b) => a.order - b.order))
    ends.set(order, seconds + Math.max(0, ...dependsOn.map((earlier) => ends.get(earlier) ?? 0)));
  return Math.max(0, ...ends.values());
}

function lossLine(bytesLost: number | undefined): string {
  if (bytesLost === undefined) return 'Whether logs would be lost is not known.';
  return bytesLost === 0 ? 'No logs would be lost.' : `${sizeText(bytesLost)} of logs WOULD BE LOST.`;
}
