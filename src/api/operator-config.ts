// The operator's own configuration file: which images run, and who may collect logs from where.
import { z } from 'zod';

const imageRule = z.strictObject({
  image: z.string().min(1).max(300).meta({ description: 'Image reference; `{version}` stands for the stack version.' }),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .optional()
    .meta({ description: 'Version of the program in the image, where it is not the version of the stack.' }),
});

const componentImages = z.strictObject({
  default: imageRule,
  versions: z.record(z.string(), imageRule).optional().meta({ description: 'Exceptions, by stack version.' }),
});

export const operatorConfig = z.strictObject({
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Namespaces to watch; all of them when absent. */
  watchNamespaces: z.array(z.string()).min(1).optional(),
  /** Namespaces whose stacks may collect the logs of every namespace. */
  collectEverywhereFrom: z.array(z.string()).default([]),
  /** Whether Elasticsearch may map its index files into memory (needs vm.max_map_count of 262144 or more on each node). */
  allowMemoryMap: z.boolean().default(true),
  images: z.strictObject({
    elasticsearch: componentImages,
    kibana: componentImages,
    logstash: componentImages,
    filebeat: componentImages,
  }),
});

export type OperatorConfig = z.infer<typeof operatorConfig>;

/** The parts of a stack that run from an image of their own. */
export type ComponentName = keyof OperatorConfig['images'];
