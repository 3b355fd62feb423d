// Reads the operator's configuration file, and refuses it by field name when it is wrong.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { type OperatorConfig, operatorConfig } from './api/operator-config.ts';
import { Fault } from './kube/errors.ts';

/** Throws a `Configuration` fault that names the file, the field, and what is allowed. */
export async function readConfiguration(path: string): Promise<OperatorConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('Configuration', `The configuration file ${path} cannot be read.`, { cause: error });
  });
  const result = operatorConfig.safeParse(parse(text));
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`).join('; ');
  throw new Fault('Configuration', `The configuration file ${path} is not valid: ${fields}.`);
}
