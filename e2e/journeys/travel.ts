// The frame of a journey that has a stack of its own: rolls it out, travels under writes, judges, and takes it away again.
import type { CaseContext, TestCase } from '../cases/registry.ts';
import type { LocalVersion } from '../environment/local-images.ts';
import { currentSite, type Site } from '../environment/site.ts';
import {
  applyStack,
  deleteNamespace,
  deleteStack,
  ensureNamespace,
  type Place,
  waitForCondition,
} from '../environment/stacks.ts';
import { Journey, type JourneyOptions } from './journey.ts';

export const journeyPlace: Place = { namespace: 'journey', name: 'journey' };

interface Size {
  readonly masters?: number;
  readonly data?: number;
  readonly ingest?: number;
}

interface SpecOptions {
  readonly version?: LocalVersion;
  readonly redundancy?: 'None' | 'Single' | 'Double';
  readonly config?: Readonly<Record<string, string>>;
  readonly pools?: readonly object[];
  readonly overrides?: readonly object[];
}

const storage = { size: '1Gi' };
/** Nodes of tests are small: they hold some tens of megabytes, and start sooner. */
const resources = { limits: { memory: '1280Mi' } };

/** A stack with dedicated pools. One master is enough where masters are not restarted: while a single one is, nobody knows the health. */
export const journeySpec = (
  { masters = 1, data = 2, ingest = 0 }: Size,
  { version = '9.4.3', redundancy = 'Single', config = {}, pools = [], overrides = [] }: SpecOptions = {},
): object => ({
  version,
  elasticsearch: {
    redundancy,
    config,
    master: { replicas: masters, storage },
    data: { replicas: data, storage, resources },
    ingest: { replicas: ingest, storage },
    pools,
  },
  kibana: { replicas: 0 },
  volumes: { whenDeleted: 'Delete' },
  overrides,
});

export const smallPool = (name: string, roles: readonly string[], replicas: number): object => ({
  name,
  roles,
  replicas,
  storage,
  resources,
});

export interface Traveller {
  readonly journey: Journey;
  readonly site: Site;
  readonly context: CaseContext;
}

interface JourneyCase {
  readonly name: string;
  /** Begins with the ids of docs/failures.md that it proves. */
  readonly title: string;
  readonly minutes?: number;
  readonly versions?: readonly LocalVersion[];
  readonly images?: TestCase['images'];
  readonly localOnly?: string;
  /** What is rolled out before the journey. */
  readonly start: object;
  readonly options?: Omit<JourneyOptions, 'place'>;
  /** Filebeat needs a namespace that lets it in. */
  readonly level?: 'restricted' | 'privileged';
  readonly travel: (traveller: Traveller) => Promise<void>;
  /** Judges the journey in place of the usual limits. */
  readonly judge?: (journey: Journey) => Promise<void>;
}

/** A stack that is rolled out for `run`, and taken away afterwards when that went well; else it stays for people to look at. */
export async function withStack(
  context: CaseContext,
  start: object,
  options: { readonly condition: string; readonly level: 'restricted' | 'privileged' },
  run: (site: Site) => Promise<void>,
): Promise<void> {
  const site = currentSite(context);
  const { namespace, name } = journeyPlace;
  await deleteNamespace(site.run, namespace); // what an earlier run left
  await ensureNamespace(site.run, namespace, options.level);
  await applyStack(site.run, namespace, name, start);
  await waitForCondition(site.run, journeyPlace, options.condition, 900, context);
  await run(site);
  await deleteStack(site.run, namespace, name, context.signal);
  await deleteNamespace(site.run, namespace);
}

export function journeyCase(given: JourneyCase): TestCase {
  const { options = {}, level = 'restricted', judge = (journey: Journey) => journey.arrive() } = given;
  const condition = options.condition ?? 'ElasticsearchReady';
  return {
    name: given.name,
    tier: 'deep',
    title: given.title,
    minutes: given.minutes ?? 40,
    namespaces: [journeyPlace.namespace],
    ...(given.versions === undefined ? {} : { versions: given.versions }),
    ...(given.images === undefined ? {} : { images: given.images }),
    ...(given.localOnly === undefined ? {} : { localOnly: given.localOnly }),
    run: async (context) => {
      await withStack(context, given.start, { condition, level }, async (site) => {
        await using journey = await Journey.begin(site, context, { place: journeyPlace, ...options });
        await given.travel({ journey, site, context });
        await judge(journey);
      });
      return undefined;
    },
  };
}
