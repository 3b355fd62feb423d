// Reads the titles of tests out of their source, whole, as vitest prints them: with those of the blocks around them, and with what a row of a table puts in.
import ts from 'typescript';

/** A title, or a part of it, with `%s` and `$name` where rows put something in. */
interface Block {
  readonly isTest: boolean;
  readonly title: string;
  /** The rows of `it.each`, as far as they can be read: each with the texts that stand for its placeholders. */
  readonly rows: readonly Row[] | undefined;
  readonly body: ts.Node | undefined;
}

interface Row {
  readonly positional: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

const failureId = /\[[a-z0-9-]+\]/g;
const placeholder = /%[sdifjo%]|\$\w+/g;

/** Titles of all tests of a file. Of a table whose rows are alike there is one, made of its first row; rows that name a failure have their own. */
export function testTitles(source: string): readonly string[] {
  const file = ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true);
  return titlesBelow(file, '');
}

function titlesBelow(node: ts.Node, before: string): readonly string[] {
  const titles: string[] = [];
  ts.forEachChild(node, (child) => {
    const block = blockOf(child);
    if (block === undefined) titles.push(...titlesBelow(child, before));
    else titles.push(...titlesOf(block, before));
  });
  return titles;
}

function titlesOf({ isTest, title, rows, body }: Block, before: string): readonly string[] {
  const filled = filledTitles(title, rows).map((text) => (before === '' ? text : `${before}: ${text}`));
  if (isTest) return filled;
  return body === undefined ? [] : filled.flatMap((text) => titlesBelow(body, text));
}

/** One title for all rows, and one for each that names a failure of its own. */
function filledTitles(title: string, rows: readonly Row[] | undefined): readonly string[] {
  if (rows === undefined) return [title];
  const all = rows.map((row) => filled(title, row));
  const [first] = all;
  if (first === undefined) return [title.replaceAll(placeholder, '…')];
  const own = all.filter((text) => idsIn(text) > idsIn(title));
  if (own.length > 0) return idsIn(title) > 0 ? [...own, alike(first, all.length)] : own;
  return [alike(first, all.length)];
}

const alike = (first: string, count: number): string => (count < 2 ? first : `${first}, and ${count - 1} more like it`);

const idsIn = (text: string): number => text.match(failureId)?.length ?? 0;

function filled(title: string, { positional, named }: Row): string {
  let next = 0;
  return title.replaceAll(placeholder, (found) => {
    if (found === '%%') return '%';
    if (found.startsWith('$')) return named[found.slice(1)] ?? '…';
    return positional[next++] ?? '…';
  });
}

/** A call of `describe` or `it`, also of their `each`. */
function blockOf(node: ts.Node): Block | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [title, ...others] = node.arguments;
  if (title === undefined || !ts.isStringLiteralLike(title)) return undefined;
  const table = ts.isCallExpression(node.expression) ? node.expression : undefined;
  const name = nameOf(table === undefined ? node.expression : table.expression);
  if (name === undefined) return undefined;
  return {
    isTest: name === 'it',
    title: title.text,
    rows: table === undefined ? undefined : rowsOf(table.arguments[0]),
    body: others.find((one) => ts.isFunctionLike(one)),
  };
}

/** `it` of `it(…)`, `it.each`, `it.runIf(…)` and the like. */
function nameOf(expression: ts.Expression): 'it' | 'describe' | undefined {
  const called = ts.isPropertyAccessExpression(expression) ? expression.expression : expression;
  return ts.isIdentifier(called) && (called.text === 'it' || called.text === 'describe') ? called.text : undefined;
}

/** Empty when the table is not written out. */
function rowsOf(table: ts.Expression | undefined): readonly Row[] {
  if (table === undefined) return [];
  const written = ts.isAsExpression(table) || ts.isSatisfiesExpression(table) ? table.expression : table;
  return ts.isArrayLiteralExpression(written) ? written.elements.map(rowOf) : [];
}

function rowOf(row: ts.Expression): Row {
  const cells = ts.isArrayLiteralExpression(row) ? [...row.elements] : [row];
  return { positional: cells.map(textOf), named: ts.isObjectLiteralExpression(row) ? fieldsOf(row) : {} };
}

const fieldsOf = (row: ts.ObjectLiteralExpression): Readonly<Record<string, string>> =>
  Object.fromEntries(
    row.properties.flatMap((field) =>
      ts.isPropertyAssignment(field) && ts.isIdentifier(field.name)
        ? [[field.name.text, textOf(field.initializer)]]
        : [],
    ),
  );

/** What a literal says; of anything else, its source. */
const textOf = (value: ts.Expression): string => (ts.isStringLiteralLike(value) ? value.text : value.getText());
