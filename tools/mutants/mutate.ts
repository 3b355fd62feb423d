// Makes mutants of a TypeScript file: every small fault that a person could plant in a rule, each behind a switch in one and the same text.
import ts from 'typescript';

/** What kind of fault it is. */
export type MutantKind =
  | 'function off'
  | 'condition negated'
  | 'operand dropped'
  | 'bound moved'
  | 'comparison inverted'
  | 'all or any'
  | 'filter off'
  | 'flag flipped';

/** One fault. Its name stays the same while the code around it changes. */
export interface Mutant {
  /** `<file>:<function>: <kind>: <text that is changed> → <what it becomes>`, with a number where that is not unique. */
  readonly name: string;
  readonly kind: MutantKind;
  readonly line: number;
}

export interface Mutated {
  /** In the order of their numbers, which begin at `first`. */
  readonly mutants: readonly Mutant[];
  /**
   * The file with all mutants in it: `__mutant(n)` says whether number n is active; `__either(n, own, other)` is what
   * `other` gives while it is, what `own` gives otherwise.
   */
  readonly text: string;
}

/** A fault at one node: the text that takes the place of the node's own. */
interface Fault {
  readonly kind: MutantKind;
  readonly text: string;
  /** What the name says of it, where that is not the whole text. */
  readonly label?: string;
}

/** Faults that often change nothing: both sides are told, so that a run can see whether a test feels them at all. */
const comparable: ReadonlySet<MutantKind> = new Set(['function off', 'operand dropped', 'bound moved', 'filter off']);

/** The code that is `own` unless the mutant is active. */
function switched(kind: MutantKind, number: number, own: string, other: string): string {
  if (kind === 'filter off') return `((...__given) => __either(${number}, () => (${own})(...__given), ${other}))`;
  if (comparable.has(kind)) return `__either(${number}, () => (${own}), () => (${other}))`;
  return `(__mutant(${number}) ? (${other}) : (${own}))`;
}

const bounds: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };
const inversions: Readonly<Record<string, string>> = { '===': '!==', '!==': '===' };
const quantifiers: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };
/** Methods whose function only leaves something out. */
const selecting: ReadonlySet<string> = new Set(['filter', 'find', 'findLast']);
/** Methods whose numbers are places in a list, no bounds. */
const indexing: ReadonlySet<string> = new Set(['at', 'slice', 'toSpliced', 'padStart', 'replace']);

/** Types that stand for lists and for nothing, by the names that this project gives them. */
const namedTypes: Readonly<Record<string, readonly string[]>> = { DrainRule: ['[]'], Rule: ['undefined'] };

/** What a function of this type returns when it does nothing. */
function neutral(type: ts.TypeNode | undefined, source: ts.SourceFile): readonly string[] {
  if (type === undefined) return [];
  const text = type.getText(source);
  if (text in namedTypes) return namedTypes[text] ?? [];
  if (ts.isTypePredicateNode(type) || text === 'boolean') return ['true', 'false'];
  if (/\| undefined$/.test(text)) return ['undefined'];
  return /^readonly .*\[\]$/.test(text) ? ['[]'] : [];
}

type Callable = ts.FunctionDeclaration | ts.ArrowFunction | ts.MethodDeclaration | ts.FunctionExpression;

const isCallable = (node: ts.Node): node is Callable =>
  ts.isFunctionDeclaration(node) ||
  ts.isArrowFunction(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isFunctionExpression(node);

/** The declared type of what a function returns, also where only its variable has a type. */
function returnType(node: Callable): ts.TypeNode | undefined {
  if (node.type !== undefined) return node.type;
  return ts.isVariableDeclaration(node.parent) ? node.parent.type : undefined;
}

const isCondition = (node: ts.Node): boolean => {
  const { parent } = node;
  return (
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isWhileStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node)
  );
};

const isLogical = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) &&
  [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken].includes(node.operatorToken.kind);

/** The operands of a whole chain of one operator. */
function operands(node: ts.BinaryExpression): readonly ts.Expression[] {
  const kind = node.operatorToken.kind;
  const { left, right } = node;
  const first = isLogical(left) && left.operatorToken.kind === kind ? operands(left) : [left];
  return [...first, right];
}

/** The name of the method that a node is an argument of, or the name of. */
function methodOf(call: ts.Node): string | undefined {
  return ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression)
    ? call.expression.name.text
    : undefined;
}

const isWords = (node: ts.Node): boolean =>
  ts.isTemplateExpression(node) || (ts.isStringLiteral(node) && node.text.includes(' '));

/** What people read is not what the code does: types, imports, and the words of a refusal. */
const isLeftAlone = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  isWords(node) ||
  (ts.isConditionalExpression(node) && isWords(node.whenTrue) && isWords(node.whenFalse)) ||
  (ts.isPropertyAssignment(node) && ['message', 'remedy', 'reason'].includes(node.name.getText()));

function binaryFaults(node: ts.BinaryExpression, source: ts.SourceFile): readonly Fault[] {
  const [left, right] = [node.left.getText(source), node.right.getText(source)];
  const operator = node.operatorToken.getText(source);
  const moved = bounds[operator];
  if (moved !== undefined) return [{ kind: 'bound moved', text: `${left} ${moved} ${right}` }];
  const inverted = inversions[operator];
  if (inverted !== undefined && !isCondition(node))
    return [{ kind: 'comparison inverted', text: `${left} ${inverted} ${right}` }];
  const isPart = isLogical(node.parent) && node.parent.operatorToken.kind === node.operatorToken.kind;
  if (!isLogical(node) || isPart) return [];
  const all = operands(node).map((one) => one.getText(source));
  return all.map((dropped, index) => ({
    kind: 'operand dropped',
    text: all.toSpliced(index, 1).join(` ${operator} `),
    label: `without ${dropped}`,
  }));
}

function literalFaults(node: ts.Expression, source: ts.SourceFile): readonly Fault[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [{ kind: 'flag flipped', text: 'false' }];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [{ kind: 'flag flipped', text: 'true' }];
  if (!ts.isNumericLiteral(node)) return [];
  const { parent } = node;
  const isPlace = ts.isElementAccessExpression(parent) || indexing.has(methodOf(parent) ?? '');
  return isPlace ? [] : [{ kind: 'bound moved', text: `${node.getText(source)} + 1` }];
}

/** The faults that can be planted in place of an expression. */
function faultsOf(node: ts.Expression, source: ts.SourceFile): readonly Fault[] {
  const text = node.getText(source);
  const faults: Fault[] = isCondition(node) ? [{ kind: 'condition negated', text: `!(${text})` }] : [];
  if (ts.isBinaryExpression(node)) faults.push(...binaryFaults(node, source));
  faults.push(...literalFaults(node, source));
  const { parent } = node;
  if (ts.isCallExpression(parent) && parent.arguments[0] === node && selecting.has(methodOf(parent) ?? ''))
    faults.push({ kind: 'filter off', text: '() => true' });
  return faults;
}

/** The function that a node is in, for names. */
function placeOf(node: ts.Node): string {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if ((ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) && at.name !== undefined) return at.name.getText();
    if (ts.isVariableDeclaration(at) && ts.isSourceFile(at.parent.parent.parent)) return at.name.getText();
  }
  return '';
}

const short = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 67)}…` : line;
};

/** Puts all mutants into a file. `first` is the number of its first one. */
export function mutate(file: string, text: string, first = 0): Mutated {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const mutants: Mutant[] = [];
  const names = new Map<string, number>();
  const add = (node: ts.Node, { kind, label, text: becomes }: Fault): number => {
    const said = `${file}:${placeOf(node)}: ${kind}: ${short(node.getText(source))} → ${short(label ?? becomes)}`;
    const count = (names.get(said) ?? 0) + 1;
    names.set(said, count);
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    mutants.push({ name: count === 1 ? said : `${said} (${count})`, kind, line });
    return first + mutants.length - 1;
  };

  /** The text of a node in which everything inside has its mutants. */
  const inner = (node: ts.Node): string => {
    let [out, at] = ['', node.getStart(source)];
    const children: ts.Node[] = [];
    node.forEachChild((child) => void children.push(child));
    for (const child of children.toSorted((one, other) => one.pos - other.pos)) {
      const start = child.getStart(source);
      if (start < at) continue;
      out += text.slice(at, start) + render(child);
      at = child.end;
    }
    return out + text.slice(at, node.end);
  };

  const renderCallable = (node: Callable): string => {
    const values = neutral(returnType(node), source);
    const numbers = values.map((value) => ({
      value,
      number: add(node, { kind: 'function off', text: value, label: `returns ${value}` }),
    }));
    const { body } = node;
    if (body === undefined || numbers.length === 0) return inner(node);
    const head = text.slice(node.getStart(source), body.getStart(source));
    const own = ts.isBlock(body) ? `(() => ${inner(body)})()` : render(body);
    const rendered = numbers.reduce((whole, { value, number }) => switched('function off', number, whole, value), own);
    return ts.isBlock(body) ? `${head}{ return ${rendered}; }` : `${head}${rendered}`;
  };

  /** `.some(…)` becomes a method that is chosen at the call, so that chains with `?.` stay whole. */
  const renderAccess = (node: ts.PropertyAccessExpression): string => {
    const other = quantifiers[node.name.text];
    if (other === undefined || !ts.isCallExpression(node.parent) || node.parent.expression !== node) return inner(node);
    const number = add(node.name, { kind: 'all or any', text: other });
    const chosen = `[__mutant(${number}) ? '${other}' : '${node.name.text}']`;
    return `${render(node.expression)}${node.questionDotToken === undefined ? '' : '?.'}${chosen}`;
  };

  const render = (node: ts.Node): string => {
    if (isLeftAlone(node)) return node.getText(source);
    if (isCallable(node)) return wrap(node, renderCallable(node));
    if (ts.isPropertyAccessExpression(node)) return wrap(node, renderAccess(node));
    return wrap(node, inner(node));
  };

  const wrap = (node: ts.Node, rendered: string): string => {
    if (!ts.isExpression(node)) return rendered;
    const faults = faultsOf(node, source);
    return faults.reduce((whole, fault) => switched(fault.kind, add(node, fault), whole, fault.text), rendered);
  };

  return { text: text.slice(0, source.getStart(source)) + inner(source), mutants };
}
