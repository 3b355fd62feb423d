// What the planners of repositories, snapshots, schedules and restores may ask of Elasticsearch, each safe to repeat.
import type { RegisteredRepository } from './observed.ts';

/** Registers a repository, or changes how it is registered. Nothing in it changes. */
export interface RegisterRepository {
  readonly kind: 'registerRepository';
  readonly name: string;
  readonly registration: RegisteredRepository;
}

/** Has every master and data node write to a repository and read from it; from one that is read only they only read. */
export interface VerifyRepository {
  readonly kind: 'verifyRepository';
  readonly name: string;
}

/** Has Elasticsearch forget a repository. Nothing in it is deleted. One that is not registered is no error. */
export interface UnregisterRepository {
  readonly kind: 'unregisterRepository';
  readonly name: string;
}

export type RepositoryAction = RegisterRepository | VerifyRepository | UnregisterRepository;
