// For tests: the parts of a look at a cluster that nobody did anything to.
import type { AnsweredLook } from './observed.ts';

export const untouched: Pick<AnsweredLook, 'settings' | 'voting' | 'detail'> = {
  settings: { excludedNames: [], allocationEnable: undefined, marks: {} },
  voting: { configuration: [], excluded: [] },
  detail: undefined,
};
