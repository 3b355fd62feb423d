// The one registry of test cases: what there is to run, and in which tier.
import type { ImageName } from '../images/catalog.ts';
import type { LocalVersion } from '../environment/local-images.ts';

/** `static` to `e2e` run in `make test`; a `deep` case runs alone by `make test-deep CASE=<name>` and leaves a recorded proof. */
export type Tier = 'static' | 'unit' | 'integration' | 'e2e' | 'deep';

export interface CaseContext {
  /** One line of progress for people. */
  readonly log: (line: string) => void;
  /** Aborted when the run is interrupted or the case has used up its time. */
  readonly signal: AbortSignal;
  /** Seeds whatever a case does at random; printed, so that a failure can be run again. */
  readonly seed: number;
}

/** What a case that runs other test programs counted; a case that returns nothing counts as one test. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Which tests failed and how, a text each. */
  readonly failures?: readonly string[];
}

export interface TestCase {
  readonly name: string;
  readonly tier: Tier;
  readonly title: string;
  /** Stack versions that the case rolls out besides the newest. */
  readonly versions?: readonly LocalVersion[];
  /** Images that it runs besides those of stacks. */
  readonly images?: readonly ImageName[];
  /** What it needs that only a local node has, said so that "because …" can stand before it; absent when it runs on any cluster. */
  readonly localOnly?: string;
  /** Namespaces besides `logging` that it makes; on a cluster of the user's own they must not be there before. */
  readonly namespaces?: readonly string[];
  /** Minutes after which the case is stopped and failed. */
  readonly minutes: number;
  /** Throws when it fails. */
  readonly run: (context: CaseContext) => Promise<Counts | undefined>;
}
