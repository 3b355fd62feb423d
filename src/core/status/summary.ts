// The stack's own conditions (Ready, Reconciling, Stalled, Blocked, Paused), summed up from what its components reported.
import type { Condition, Finding, SharedStatus } from './conditions.ts';
import { stalledReasons } from './reasons.ts';

/** The condition that each component reports; the stack is ready when all of them are. */
const componentConditions = [
  'CredentialsReady',
  'ElasticsearchReady',
  'KibanaReady',
  'LogstashReady',
  'FilebeatReady',
] as const;

function componentFindings(generation: number, status: SharedStatus): readonly (Finding | Condition)[] {
  return componentConditions.map((type) => {
    const found = status.conditions?.find((condition) => condition.type === type);
    if (found === undefined || found.observedGeneration !== generation) {
      return {
        type,
        status: 'Unknown',
        reason: 'NotObservedYet',
        message: 'The operator has not looked at this generation yet.',
      };
    }
    return found;
  });
}

const listed = (findings: readonly Finding[]): string =>
  findings.map((finding) => `${finding.type.replace(/Ready$/, '')}: ${finding.message}`).join(' ');

/** Ready, Reconciling, Stalled, Blocked and Paused of a stack of this generation. */
export function summarize(generation: number, status: SharedStatus, paused = false): readonly Finding[] {
  const components = componentFindings(generation, status);
  const waiting = components.filter((finding) => finding.status !== 'True');
  const stalled = waiting.filter((finding) => stalledReasons.has(finding.reason));
  const blocked = status.blocked ?? [];
  const first = waiting[0];
  return [
    first === undefined
      ? { type: 'Ready', status: 'True', reason: 'AllComponentsReady', message: 'Every component is ready.' }
      : { type: 'Ready', status: 'False', reason: first.reason, message: listed(waiting) },
    !paused && waiting.length > stalled.length
      ? { type: 'Reconciling', status: 'True', reason: 'InProgress', message: listed(waiting) }
      : { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'Nothing is being changed.' },
    stalled.length > 0
      ? { type: 'Stalled', status: 'True', reason: stalled[0]?.reason ?? '', message: listed(stalled) }
      : { type: 'Stalled', status: 'False', reason: 'Progressing', message: 'Nothing stands in the way for good.' },
    blocked.length > 0
      ? {
          type: 'Blocked',
          status: 'True',
          reason: blocked[0]?.rule ?? '',
          message: blocked.map((entry) => `${entry.subject}: ${entry.message}`).join(' '),
        }
      : {
          type: 'Blocked',
          status: 'False',
          reason: 'NothingRefused',
          message: 'Nothing that the spec asks for is refused.',
        },
    paused
      ? { type: 'Paused', status: 'True', reason: 'PausedBySpec', message: 'The operator only says what it would do.' }
      : { type: 'Paused', status: 'False', reason: 'NotPaused', message: 'The operator does what it can.' },
  ];
}
