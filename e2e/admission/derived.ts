// Wrong manifests that are derived from the schema: for every field and every constraint, the complete object with that one broken.
import type { Schema } from '../../tools/crd/structural.ts';
import { constraintsOf, nodesOf, type SchemaNode } from './constraints.ts';
import { changed, type Change } from './corpus.ts';

interface Derived {
  readonly name: string;
  /** On the complete object. */
  readonly change: Change;
  readonly keyword: string;
  /** The field that the API server must name. */
  readonly field: string;
  /** What its message must contain. */
  readonly message: string;
}

/** A place in the complete object: its JSON pointer, as the API server names it, and the value. */
interface Place {
  readonly pointer: string;
  readonly field: string;
  readonly value: unknown;
}

/** Where a schema's path stands in an object: the first item of each list, the first value of each map. */
function placeOf(object: unknown, path: string): Place {
  let place: Place = { pointer: '', field: '', value: object };
  for (const step of path.replaceAll('[]', '.[]').split('.')) {
    const key = step === '*' ? Object.keys(place.value as object)[0] : step === '[]' ? '0' : step;
    const value = key === undefined ? undefined : (place.value as Record<string, unknown> | undefined)?.[key];
    if (key === undefined || value === undefined) throw new Error(`${path}: the complete object has no such field`);
    const field = step === '[]' ? `${place.field}[0]` : place.field === '' ? key : `${place.field}.${key}`;
    place = { pointer: `${place.pointer}/${key.replaceAll('/', '~1')}`, field, value };
  }
  return place;
}

/** A value that breaks one keyword of a schema, and how the API server says so. */
function broken(schema: Schema, keyword: string, value: unknown): readonly [unknown, string] {
  const manyItems = (count: number): unknown => Array.from({ length: count }, () => (value as unknown[])[0]);
  const manyKeys = (count: number): unknown =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key.number-${index}`, 'a']));
  switch (keyword) {
    case 'type':
      return schema.type === 'string'
        ? [7, `must be of type ${schema.format ?? 'string'}`]
        : ['text', `must be of type ${schema.type ?? ''}`];
    case 'enum':
      return ['Nonesuch', 'Unsupported value'];
    case 'pattern':
      // No shorter than allowed: the API server stops at the first of both.
      return ['%'.repeat(Math.max(1, schema.minLength ?? 1)), 'should match'];
    case 'format':
      return ['yesterday', `must be of type ${schema.format ?? ''}`];
    case 'minimum':
      return [(schema.minimum ?? 0) - 1, 'should be greater than or equal to'];
    case 'maximum':
      return [(schema.maximum ?? 0) + 1, 'should be less than or equal to'];
    case 'maxLength':
      return ['a'.repeat((schema.maxLength ?? 0) + 1), 'Too long'];
    case 'minLength':
      return ['', 'should be at least'];
    case 'minItems':
      return [[], 'should have at least'];
    case 'maxItems':
      return [manyItems((schema.maxItems ?? 0) + 1), 'must have at most'];
    case 'maxProperties':
      return [manyKeys((schema.maxProperties ?? 0) + 1), 'must have at most'];
    case 'x-kubernetes-list-type':
      return [manyItems(2), 'Duplicate value'];
    default:
      throw new Error(`no wrong value is known for ${keyword}: add one`);
  }
}

function derivedOf(node: SchemaNode, object: unknown): readonly Derived[] {
  const keywords = constraintsOf(node).filter(({ keyword }) => keyword !== 'rule');
  return [{ path: node.path, keyword: 'type' }, ...keywords].map(({ path, keyword }) => {
    const { pointer, field, value } = placeOf(object, path);
    const name = `${field} ${keyword}`;
    if (keyword === 'required') {
      return { name, keyword, field, message: 'Required value', change: { op: 'remove', path: pointer } };
    }
    const [wrong, message] = broken(node.schema, keyword, value);
    const blamed = keyword === 'x-kubernetes-list-type' ? `${field}[1]` : field;
    return { name, keyword, field: blamed, message, change: { op: 'replace', path: pointer, value: wrong } };
  });
}

/** Every derived case below `root` (`spec` or `status`) of an object that has every field. */
export function derivedCases(schema: Schema, root: string, complete: unknown): readonly Derived[] {
  return nodesOf(schema)
    .filter(({ path }) => path === root || path.startsWith(`${root}.`))
    .flatMap((node) => derivedOf(node, complete));
}

export const derivedObject = <T>(complete: T, derived: Derived): T => changed(complete, derived.change);
