// Amounts, ages and tables as people read them in a terminal.

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `8589934592` is `8 GiB`; at most one decimal. */
export function sizeText(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // 1023.95 and more would be shown as 1024.
  while (amount >= 1023.95 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${Number(amount.toFixed(1))} ${units[unit] ?? ''}`;
}

/** A length of time in its two largest units: `45 s`, `4 min`, `1 h 30 min`, `2 d 3 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined([`${hours} h`, minutes % 60 === 0 ? '' : `${minutes % 60} min`]);
  return joined([`${Math.floor(hours / 24)} d`, hours % 24 === 0 ? '' : `${hours % 24} h`]);
}

/** How long ago a time (RFC 3339) is; nothing for a time that cannot be read. */
export function ageText(since: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(since)) / 1000;
  return Number.isNaN(seconds) ? '' : durationText(seconds);
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** Columns as wide as their widest cell, two spaces between them. The last column is not filled up. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const barWidth = 20;

/** `[########------------]  40 %` */
export function bar(percent: number): string {
  const bounded = Math.min(100, Math.max(0, percent));
  const filled = Math.round((bounded / 100) * barWidth);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${String(Math.round(bounded)).padStart(3)} %`;
}

/** Cuts a line to the width of a terminal, so that it takes up one row. */
export const cutTo = (columns: number, line: string): string =>
  line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
