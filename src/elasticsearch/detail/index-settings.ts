// What a change needs to know of one index, out of its settings as the cluster state has them.
import { z } from 'zod';
import type { IndexState } from '../../core/elasticsearch/observed.ts';

/** Filters by attribute of a node: text, or deeper names where an attribute has dots. */
const filters = z.record(z.string(), z.unknown()).optional();

export const indexSettings = z.object({
  index: z.object({
    number_of_replicas: z.string().regex(/^\d{1,4}$/),
    auto_expand_replicas: z.string().optional(),
    hidden: z.string().optional(),
    version: z.object({ created: z.string().regex(/^\d{5,9}$/) }),
    routing: z
      .object({ allocation: z.object({ include: filters, exclude: filters, require: filters }).optional() })
      .optional(),
  }),
});

export type IndexSettings = z.infer<typeof indexSettings>;

export function indexOf(name: string, { index }: IndexSettings, dataStream: string | undefined): IndexState {
  const { include = {}, exclude = {}, require = {} } = index.routing?.allocation ?? {};
  const { _tier_preference: tiers, ...userIncludes } = include;
  return {
    name,
    replicas: Number(index.number_of_replicas),
    autoExpand: index.auto_expand_replicas !== undefined && index.auto_expand_replicas !== 'false',
    pinned: [userIncludes, exclude, require].some(saysSomething),
    tierPreference:
      typeof tiers === 'string'
        ? tiers
            .split(',')
            .map((tier) => tier.trim())
            .filter((tier) => tier !== '')
        : [],
    dataStream,
    hidden: index.hidden === 'true',
    createdIn: versionOf(Number(index.version.created)),
  };
}

/** A filter that was emptied filters nothing. */
function saysSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(saysSomething);
  return typeof value === 'string' && value !== '';
}

/** From here on the number counts changes of the index format within a major version, no longer releases. */
const firstIndexVersion = 8_500_000;

/** `7172999` is 7.17.29; `8536000` and `9039000` tell their major version only. Source: Version.java, IndexVersion.java. */
function versionOf(number: number): string {
  const major = Math.floor(number / 1_000_000);
  if (number >= firstIndexVersion) return `${major}.x`;
  return `${major}.${Math.floor(number / 10_000) % 100}.${Math.floor(number / 100) % 100}`;
}
