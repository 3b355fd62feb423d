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

export const operatorConfig = z
  .strictObject({
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    /** Namespaces to watch; all of them when absent. */
    watchNamespaces: z.array(z.string()).min(1).optional(),
    /** Namespaces whose stacks may collect the logs of every namespace. */
    collectEverywhereFrom: z.array(z.string()).default([]),
    allowMemoryMap: z.boolean().default(true).meta({
      description:
        'Whether Elasticsearch maps its index files into memory. Needs vm.max_map_count of 262144 or more on each Kubernetes node, or Elasticsearch does not start; false needs nothing and searches slower.',
    }),
    images: z.strictObject({
      elasticsearch: componentImages,
      kibana: componentImages,
      logstash: componentImages,
      filebeat: componentImages,
    }),
  })
  // To let a Filebeat read the Pods of all namespaces takes rights for the whole cluster, which this operator has not.
  .refine((config) => config.watchNamespaces === undefined || config.collectEverywhereFrom.length === 0, {
    path: ['collectEverywhereFrom'],
    error:
      'must be empty where watchNamespaces is set: an operator for some namespaces cannot let a stack collect the logs of all. Empty collectEverywhereFrom, or take watchNamespaces out.',
  });

export type OperatorConfig = z.infer<typeof operatorConfig>;

/** The parts of a stack that run from an image of their own. */
export type ComponentName = keyof OperatorConfig['images'];
