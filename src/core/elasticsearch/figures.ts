// Figures for people, rounded so that a look that finds little new writes nothing new.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes with two significant digits, such as `3.4 GiB`. */
export function roundedBytes(bytes: number): string {
  let amount = Math.max(0, bytes);
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toPrecision(2))} ${units[unit] ?? ''}`;
}

/** A count with two significant digits: 7, 42, 130. */
export const roundedCount = (count: number): number => Number(count.toPrecision(2));

/** `1 shard`, `12 shards`. */
export const shardsInWords = (count: number): string => `${roundedCount(count)} shard${count === 1 ? '' : 's'}`;

/** The first few of a list, and how many there are besides. */
export function someOf(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${roundedCount(names.length - most)} more` : shown;
}
