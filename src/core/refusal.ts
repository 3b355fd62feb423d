// A refusal: why something that the spec asks for is not done now. The same names appear in status, Events, metrics and docs.

/** `subject` is `<kind>/<name>`, for example `Pod/logs-es-data-1`; figures in messages are rounded so that a poll is not a write. */
export interface Refusal {
  readonly rule: string;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}
