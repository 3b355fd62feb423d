// All cases on which the simulator and a real Elasticsearch must agree.
import { allocationCases } from './allocation-cases.ts';
import type { AgreementCase } from './case.ts';
import { filterCases } from './filter-cases.ts';
import { quorumCases } from './quorum-cases.ts';
import { tierCases } from './tier-cases.ts';

export const agreementCases: readonly AgreementCase[] = [
  ...allocationCases,
  ...filterCases,
  ...tierCases,
  ...quorumCases,
];
