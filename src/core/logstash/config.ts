// The files that Logstash reads at its start: its settings and its list of pipelines.
import { stringify } from 'yaml';
import { bytesOf } from '../quantities.ts';
import { type ConfigTemplates, templateData, templateText } from '../rendering/templates.ts';
import type { ResolvedStack } from '../stack.ts';
import { isAtLeast } from '../versions.ts';

export interface LogstashFiles {
  readonly 'logstash.yml': string;
  readonly 'pipelines.yml': string;
}

const mebibyte = 1024 ** 2;

/**
 * What of the volume the queue and the dead letters may take. Logstash does not start when the disk has less room than
 * queue.max_bytes, and a file system keeps some of the volume for itself: ext4 up to 5 % for its tables and 5 % for root.
 */
const queueShare = 0.75;
const deadLetterShare = 0.1;

/** Whether this Logstash reads certificates again when they change. Source: "Automatic reload of TLS certificates", 9.5.0. */
export const reloadsCertificates = (version: string): boolean => isAtLeast(version, '9.5');

/** Both files, for a queue volume of this size (a Kubernetes quantity). */
export function logstashFiles(stack: ResolvedStack, templates: ConfigTemplates, queueSize: string): LogstashFiles {
  const room = bytesOf(queueSize);
  // Logstash's "mb" is 1024 × 1024 bytes.
  const share = (part: number): string => `${Math.floor((room * part) / mebibyte)}mb`;
  return {
    'logstash.yml': stringify({
      ...templateData(templates, 'logstash/logstash.yml'),
      'queue.max_bytes': share(queueShare),
      'dead_letter_queue.max_bytes': share(deadLetterShare),
      ...(reloadsCertificates(stack.images.logstash.version) ? { 'ssl.reload.automatic': true } : {}),
    }),
    'pipelines.yml': templateText(templates, 'logstash/pipelines.yml'),
  };
}
