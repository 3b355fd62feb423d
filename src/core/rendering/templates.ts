// Config templates as values: their text comes from the files in config-templates/, and core merges data into them.
import { parse } from 'yaml';

/** Texts of the files under `config-templates/`, by path below it, for example `elasticsearch/elasticsearch.yml`. */
export type ConfigTemplates = Readonly<Record<string, string>>;

/** The text of one template. Throws when the operator was shipped without it. */
export function templateText(templates: ConfigTemplates, path: string): string {
  const text = templates[path];
  if (text === undefined)
    throw new Error(`The template ${path} is missing. The operator's image must contain config-templates/${path}.`);
  return text;
}

/**
 * Parsed templates. They never change while the operator runs, and every plan needs them several times: parsing them anew
 * was most of what a plan cost.
 */
const parsed = new WeakMap<ConfigTemplates, Map<string, Readonly<Record<string, unknown>>>>();

/** One template as YAML data: a map, not to be changed. Throws with the template's path when it is not YAML or not a map. */
export function templateData(templates: ConfigTemplates, path: string): Readonly<Record<string, unknown>> {
  const known = parsed.get(templates) ?? new Map<string, Readonly<Record<string, unknown>>>();
  parsed.set(templates, known);
  const data = known.get(path) ?? parsedMap(templateText(templates, path), path);
  known.set(path, data);
  return data;
}

function parsedMap(text: string, path: string): Readonly<Record<string, unknown>> {
  const data = parseNamed(text, path);
  if (data === null || typeof data !== 'object' || Array.isArray(data))
    throw new Error(`The template config-templates/${path} must be a YAML map.`);
  return data as Record<string, unknown>;
}

function parseNamed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`The template config-templates/${path} is not YAML.`, { cause });
  }
}
