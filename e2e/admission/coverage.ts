// Which constraint of the schema a wrong manifest breaks.
import { constraintNames, nodesOf, sharedPath } from './constraints.ts';
import type { Schema } from '../../tools/crd/structural.ts';
import type { WrongCase } from './corpus.ts';

/** The path of the schema for a field as the API server names it: `a.b[0].c` is `a.b[].c`, and values of maps are `.*`. */
export function schemaPath(schema: Schema, field: string): string {
  const wanted = field.replaceAll(/\[\d+\]/g, '[]');
  const nodes = nodesOf(schema);
  const exact = nodes.find((node) => node.path === wanted);
  if (exact !== undefined) return exact.path;
  const map = nodes.find(({ path }) => path.endsWith('.*') && wanted.startsWith(path.slice(0, -1)));
  if (map === undefined) throw new Error(`${field} is no field of the schema`);
  return map.path;
}

/** The name of the constraint that a case breaks. */
export function constraintOf(schema: Schema, wrong: WrongCase): string {
  const { breaks, field = '' } = wrong;
  if (typeof breaks !== 'string') return ruleOf(schema, wrong.name, breaks.rule, field);
  const path = schemaPath(schema, field);
  // A second item of its kind is blamed at the item; the list carries the constraint.
  return `${sharedPath(breaks === 'x-kubernetes-list-type' ? path.replace(/\[\]$/, '') : path)} ${breaks}`;
}

function ruleOf(schema: Schema, name: string, message: string, field: string): string {
  const path = schemaPath(schema, field);
  const isAbout = (place: string): boolean =>
    [path, sharedPath(path)].some((one) => one === place || one.startsWith(`${place}.`) || one.startsWith(`${place}[`));
  const found = constraintNames(schema).filter((constraint) => {
    const [place = '', text = ''] = constraint.split(' rule: ');
    return text.startsWith(message) && (place === '' || isAbout(place));
  });
  const [rule, ...others] = found;
  if (rule === undefined || others.length > 0) {
    throw new Error(`${name}: ${found.length} rules at ${field} have a message that starts with "${message}", not one`);
  }
  return rule;
}
