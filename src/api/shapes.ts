// Shapes that several resources share: names, quantities, durations, maps.
import { z } from 'zod';
import { celRules, type CelRule, keysMatch } from './rules.ts';

const dnsLabelText = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** A name as Kubernetes gives to namespaces: lower case letters, digits and hyphens, at most 63 characters. */
export const dnsLabel = z
  .string()
  .regex(new RegExp(`^${dnsLabelText}$`))
  .max(63);

/** A name as most Kubernetes objects have: DNS labels joined by dots, at most 253 characters. */
export const objectName = z
  .string()
  .regex(new RegExp(`^${dnsLabelText}([.]${dnsLabelText})*$`))
  .max(253);

/** A Kubernetes quantity of bytes in binary units, for example `10Gi`. */
export const byteQuantity = z
  .string()
  .regex(/^[1-9][0-9]*(Mi|Gi|Ti)$/)
  .max(9)
  .meta({ description: 'Bytes in binary units: a whole number followed by Mi, Gi or Ti.', example: '10Gi' });

/** Cores, as Kubernetes writes them: `2` or `500m`. */
export const cpuQuantity = z
  .string()
  .regex(/^[1-9][0-9]*m?$/)
  .max(7)
  .meta({ description: 'Cores: a whole number, or thousandths of a core with the suffix m.', example: '500m' });

/** A length of time in whole days or hours, for example `14d`. */
export const retentionDuration = z
  .string()
  .regex(/^[1-9][0-9]*(d|h)$/)
  .max(6)
  .meta({ description: 'A length of time: a whole number of days (d) or hours (h).', example: '14d' });

const shortPattern = '^[1-9][0-9]*(m|h|d)$';

/** How long something short-lived may stay, for example `1h`: at most a week. */
export const shortDuration = z
  .string()
  .regex(new RegExp(shortPattern))
  .max(5)
  .meta({
    description: 'A length of time up to 7d: a whole number of minutes (m), hours (h) or days (d).',
    example: '1h',
    ...celRules({
      // What the pattern refuses is refused once.
      rule: `!self.matches('${shortPattern}') || (self.endsWith('d') ? int(self.substring(0, size(self) - 1)) <= 7 : duration(self) <= duration('168h'))`,
      message: 'may be 7d at most: a plan is soon outdated',
    }),
  });

const instantPattern =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$';

/**
 * A moment as RFC 3339 writes it. A rule instead of the format `date-time`, whose refusal does not say what is expected;
 * `timestamp` refuses days that no calendar has.
 */
export const instant = z
  .string()
  .max(35)
  .meta(
    celRules({
      rule: `self.matches('${instantPattern}') && timestamp(self) > timestamp('2000-01-01T00:00:00Z')`,
      message: 'must be a time as in RFC 3339, with seconds and a time zone, for example 2026-12-01T00:00:00Z',
    }),
  );

/** A whole number that Kubernetes stores in 32 bits. */
export const int32 = (minimum: number, maximum = 2_147_483_647) =>
  z.int().min(minimum).max(maximum).meta({ format: 'int32' });

/** The key of a label, a taint or an annotation: an optional DNS prefix and a name of at most 63 characters. */
export const labelKeyPattern =
  '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
export const labelKeyAllowed = 'an optional DNS prefix and "/", then letters, digits, "-", "_" and ".", at most 63';
export const labelValue = z
  .string()
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/)
  .max(63);

interface MapKeys {
  readonly pattern: string;
  /** The allowed keys in words, for the message. */
  readonly allowed: string;
  readonly maxEntries: number;
  readonly rules?: readonly CelRule[];
}

/** A map from text to text whose keys follow a pattern. The API server checks keys by CEL, because its schemas cannot. */
export function textMap(value: z.ZodString, keys: MapKeys) {
  return z
    .record(z.string().regex(new RegExp(keys.pattern)), value)
    .refine((map) => Object.keys(map).length <= keys.maxEntries, { error: `at most ${keys.maxEntries} entries` })
    .meta({
      maxProperties: keys.maxEntries,
      'x-kubernetes-validations': [keysMatch(keys.pattern, keys.allowed), ...(keys.rules ?? [])],
    });
}
