// The list of mutants that nothing catches, with the reason why each is no fault: docs/mutants.md.

/** Lines `- <reason>: ` followed by lines `  - \`<name>\``. */
export function listedSurvivors(markdown: string): ReadonlySet<string> {
  return new Set([...markdown.matchAll(/^ {2}- `(.+)`$/gm)].map(([, name = '']) => name));
}

export interface Verdict {
  /** Survivors that the list does not have. */
  readonly unexplained: readonly string[];
  /** Listed, but caught by now or no longer made. */
  readonly stale: readonly string[];
}

/** Compares what survived with the list. Only mutants that were judged can be stale. */
export function compare(
  survivors: readonly string[],
  listed: ReadonlySet<string>,
  judged: ReadonlySet<string>,
  all: ReadonlySet<string>,
): Verdict {
  const survived = new Set(survivors);
  return {
    unexplained: survivors.filter((name) => !listed.has(name)),
    stale: [...listed].filter((name) => !all.has(name) || (judged.has(name) && !survived.has(name))),
  };
}
