// Reasons of conditions that are more than "not yet": those that no waiting mends, and those that people should hear of as a warning.

/** Reasons that no waiting mends: kstatus shows such a stack as failed instead of in progress. */
export const stalledReasons: ReadonlySet<string> = new Set([
  'Invalid',
  'Forbidden',
  'ForeignObject',
  'SecretIncomplete',
  'SecretLost',
  'ForeignClusterData',
  'FilebeatNotAdmitted',
]);

/** Besides those, what may mend itself and yet asks for a look by people. None of them is the reason of a good state. */
export const graveReasons: ReadonlySet<string> = new Set([
  ...stalledReasons,
  'BadRequest',
  'ClaimNotShared',
  'ClaimNotUsable',
  'ClusterRed',
  'FieldConflict',
  'ForeignRepository',
  'InternalError',
  'LetGo',
  'NameNotUsable',
  'NoSuchClaim',
  'NoSuchSecret',
  'PathTaken',
  'PodsFailing',
  'RegistrationRefused',
  'RequestRefused',
  'SecretInvalid',
  'TypeNotSupported',
  'VerificationFailed',
]);
