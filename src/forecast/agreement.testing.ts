// For tests: whether what happened is what was foretold. The same actions on the same subjects, nothing before what it had to wait for, bytes within a fifth.

interface Happened {
  readonly action: string;
  readonly subject: string;
  readonly sizeBytes?: number | undefined;
}

interface Foretold extends Happened {
  readonly order: number;
  readonly dependsOn?: readonly number[] | undefined;
}

/** Ways in which they differ; empty when they agree. `happened` is in the order in which the steps began. */
export function differences(foretold: readonly Foretold[], happened: readonly Happened[]): readonly string[] {
  const left = happened.map((step, place) => ({ step, place }));
  const places = new Map<number, number>();
  const found = foretold.flatMap((step) => {
    const index = left.findIndex((one) => one.step.action === step.action && one.step.subject === step.subject);
    const [match] = index < 0 ? [] : left.splice(index, 1);
    if (match === undefined) return [`${nameOf(step)} was foretold and did not happen`];
    places.set(step.order, match.place);
    return sizesDiffer(step, match.step) ? [`${nameOf(step)}: ${sizes(step, match.step)}`] : [];
  });
  const unforeseen = left.map(({ step }) => `${nameOf(step)} happened and was not foretold`);
  const disordered = foretold.flatMap((step) =>
    (step.dependsOn ?? [])
      .filter((earlier) => (places.get(earlier) ?? -1) > (places.get(step.order) ?? Number.POSITIVE_INFINITY))
      .map((earlier) => `${nameOf(step)} came before step ${earlier}, for which it was to wait`),
  );
  return [...found, ...unforeseen, ...disordered];
}

const nameOf = ({ action, subject }: Happened): string => `${action} ${subject}`;

const sizes = (foretold: Happened, happened: Happened): string =>
  `${foretold.sizeBytes ?? 0} bytes foretold, ${happened.sizeBytes ?? 0} happened`;

function sizesDiffer({ sizeBytes: foretold = 0 }: Happened, { sizeBytes: happened = 0 }: Happened): boolean {
  return Math.abs(foretold - happened) > 0.2 * Math.max(foretold, happened);
}
