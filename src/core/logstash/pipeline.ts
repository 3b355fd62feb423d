// The text of Logstash's pipeline: the one place where configuration is text and not data.
import { Eta } from 'eta/core';
import { names } from '../names.ts';
import { type ConfigTemplates, templateText } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';

/** The data stream that a stack's logs go to: `logs-kubernetes.container-default`. */
const dataStream = { type: 'logs', dataset: 'kubernetes.container', namespace: 'default' } as const;

const eta = new Eta({ autoEscape: false, autoTrim: false, useWith: false });

/** Who may send logs to a pod: every Filebeat, or, as nobody else is in the pod, none. */
interface Input {
  readonly id: string;
  readonly host: string;
}

const openInput: Input = { id: 'filebeat', host: '0.0.0.0' };

/**
 * The id of the input of a leaving pod. It has the generation of the spec in it, so that a pod that still runs the closed
 * pipeline of an edit before the last is not taken for closed: its kubelet may be about to hand it the one in between.
 */
export const closedInput = ({ identity }: ResolvedStack): string => `closed-${identity.generation}`;

/** The pipeline of a pod. A closed one takes in nothing more and sends what is queued. Every value gets into it through `quoted`. */
export function pipelineText(stack: ResolvedStack, templates: ConfigTemplates, closed: boolean): string {
  const { name, namespace } = stack.identity;
  const elasticsearchUrl = `https://${names.elasticsearchHttp(name)}.${namespace}.svc:9200`;
  return eta.renderString(templateText(templates, 'logstash/main.conf'), {
    quote: quoted,
    input: closed ? { id: closedInput(stack), host: '127.0.0.1' } : openInput,
    elasticsearchUrl,
    dataStream,
  });
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A value as a string of Logstash's configuration language, for pipelines that run with `config.support_escapes: true`.
 *
 * Throws on what that language cannot say. Source: the grammar and the escapes of Logstash itself.
 * - A reference to a variable, `${…}`, is filled wherever it stands, and has no escape: a value could read secrets by it.
 * - A backslash at the end would escape the closing quote, also when it is doubled.
 * - A character NUL has an escape in some versions only.
 */
export function quoted(value: string): string {
  const reason = unsayable(value);
  if (reason !== undefined)
    throw new Error(`The value ${JSON.stringify(value)} cannot be in a Logstash pipeline: ${reason}. Choose another.`);
  return `"${value.replaceAll(/[\\"\n\r\t]/g, (character) => escapes[character] ?? character)}"`;
}

function unsayable(value: string): string | undefined {
  if (value.includes('${')) return 'it contains "${", which refers to a variable';
  if (value.endsWith('\\')) return 'it ends with a backslash';
  if (value.includes('\0')) return 'it contains the character NUL';
  return undefined;
}
