// For tests: a small world around one StackRepository, in which plans are carried out as the controller does, with an Elasticsearch that takes or refuses what it is asked.
import type { StackRepositoryStatus } from '../../api/stack-repository.ts';
import type { KubeObject } from '../kubernetes.ts';
import { annotations, labels } from '../names.ts';
import type { ResolvedStack } from '../stack.ts';
import { exampleStack } from '../stack.testing.ts';
import type { RegisteredRepository } from './observed.ts';
import { type RepositoryObject, usesInWords, usesOf } from './repositories.ts';
import { claimOf, repositoryOf, s3Keys, secretOf } from './repositories.testing.ts';
import type { RepositoryLook } from './repository-look.ts';
import { planRepository, type RepositoryPlan } from './repository-plan.ts';
import { matterOf } from './repository-readiness.ts';

export const everyModule = ['repository-azure', 'repository-gcs', 'repository-s3'];
export const answer = <T>(value: T) => ({ answered: true, value }) as const;
export const silence = { answered: false, code: 'EsTimeout', message: 'No answer in time.' } as const;

/** A pod of a pool, made with these uses. */
export const podOf = (pool: string, uses = '', more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `logs-es-${pool}-0`,
    namespace: 'team',
    labels: { [labels.component]: 'elasticsearch', [labels.pool]: pool },
    annotations: { [annotations.repositories]: uses },
    ...more,
  },
});

/** Everything is there, and Elasticsearch knows nothing of the repository yet. */
export const lookOf = (changes: Partial<RepositoryLook> = {}): RepositoryLook => ({
  repository: repositoryOf(),
  now: new Date('2026-01-01T12:00:00Z'),
  stack: exampleStack(),
  others: [],
  claim: claimOf(),
  secret: secretOf(s3Keys),
  laidDown: undefined,
  pods: [podOf('master'), podOf('data'), podOf('ingest')],
  modules: answer(everyModule),
  registered: answer(undefined),
  dependents: [],
  attempt: undefined,
  ...changes,
});

type Refuse = (
  kind: string,
) => { readonly code: string; readonly message: string; readonly reason: string | undefined } | undefined;

/** Nodes are replaced at once unless it is told otherwise. */
export class SmallWorld {
  look: RepositoryLook;
  rolls = true;
  refuse: Refuse = () => undefined;
  /** All that was asked of Elasticsearch, and all that was written to Kubernetes. */
  readonly asked: string[] = [];
  readonly written: string[] = [];
  gone = false;

  constructor(changes: Partial<RepositoryLook> = {}) {
    this.look = lookOf(changes);
  }

  get repository(): RepositoryObject {
    return this.look.repository;
  }

  get status(): StackRepositoryStatus {
    return this.repository.status ?? {};
  }

  condition(type: string): string {
    const found = this.status.conditions?.find((one) => one.type === type);
    return found === undefined ? 'none' : `${found.status} ${found.reason}`;
  }

  edit(spec: Partial<RepositoryObject['spec']>, metadata: object = {}): void {
    const { repository } = this;
    const generation = (repository.metadata.generation ?? 0) + 1;
    this.change({
      repository: {
        ...repository,
        metadata: { ...repository.metadata, generation, ...metadata },
        spec: { ...repository.spec, ...spec },
      },
    });
  }

  annotate(value: string): void {
    const { repository } = this;
    const metadata = { ...repository.metadata, annotations: { [annotations.verify]: value } };
    this.change({ repository: { ...repository, metadata } });
  }

  change(changes: Partial<RepositoryLook>): void {
    this.look = { ...this.look, ...changes };
  }

  wait(seconds: number): void {
    this.change({ now: new Date(this.look.now.getTime() + seconds * 1000) });
  }

  /** One reconcile: what is asked is asked, and planned anew, until nothing is; then the status is written. */
  step(): RepositoryPlan {
    let planned = planRepository(this.look);
    for (let asked = 0; asked < 5; asked += 1) {
      this.#writeObjects(planned);
      if (planned.action === undefined) break;
      this.#ask(planned);
      planned = planRepository(this.look);
    }
    if (planned.finalizer === 'release') this.gone = true;
    const { status } = planned;
    if (status !== undefined && JSON.stringify(this.repository.status) !== JSON.stringify(status)) {
      this.written.push('status');
      this.change({ repository: { ...this.repository, status: { ...status, conditions: [...status.conditions] } } });
    }
    if (this.rolls) this.roll();
    return planned;
  }

  /** As often as it says that it is to be looked at again, for so many seconds. */
  goOn(seconds: number): void {
    for (let left = seconds; left > 0 && !this.gone;) {
      const { requeueAfterSeconds } = this.step();
      this.wait(requeueAfterSeconds);
      left -= Math.max(1, requeueAfterSeconds);
    }
  }

  roll(): void {
    const { stack, pods } = this.look;
    if (stack === undefined) return;
    const uses = usesInWords(usesOf(stack.identity, [this.repository]));
    this.change({ pods: pods.map((pod) => podOf(String(pod.metadata.labels?.[labels.pool]), uses)) });
  }

  #writeObjects({ objects }: RepositoryPlan): void {
    for (const action of objects) {
      this.written.push(`${action.kind} Secret`);
      const laidDown =
        action.kind === 'delete'
          ? undefined
          : { ...action.object, metadata: { ...action.object.metadata, uid: 'uid-l', resourceVersion: '1' } };
      this.change({ laidDown });
    }
  }

  #ask({ action }: RepositoryPlan): void {
    if (action === undefined) return;
    this.asked.push(action.kind);
    const { attempt, repository, now } = this.look;
    const fault = this.refuse(action.kind);
    const failures = fault === undefined ? 0 : (attempt?.kind === action.kind ? attempt.failures : 0) + 1;
    const about = matterOf(repository, this.#hash());
    this.change({ attempt: { kind: action.kind, about, at: now, failures, fault } });
    if (fault !== undefined) return;
    if (action.kind === 'registerRepository') this.change({ registered: answer(action.registration) });
    if (action.kind === 'unregisterRepository') this.change({ registered: answer(undefined) });
  }

  /** As the plan that asked says it. */
  #hash(): string | undefined {
    return (planRepository(this.look).status ?? this.status).credentialsHash;
  }
}

/** A world in which all is done. */
export function settled(changes: Partial<RepositoryLook> = {}): SmallWorld {
  const world = new SmallWorld(changes);
  world.goOn(60);
  world.asked.length = 0;
  world.written.length = 0;
  return world;
}

export const paused = (stack: ResolvedStack): ResolvedStack => ({ ...stack, paused: true });
export const registeredAs = (type: string, settings: RegisteredRepository['settings']) => answer({ type, settings });
