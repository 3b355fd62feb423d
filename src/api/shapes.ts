// Shapes that several resources share: names, quantities, durations and the closed subset of pod settings.
import { z } from 'zod';

/** A Kubernetes quantity of bytes in binary units, for example `10Gi`. */
export const byteQuantity = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(Mi|Gi|Ti)$/)
  .max(16)
  .meta({ description: 'Bytes in binary units: a whole number followed by Mi, Gi or Ti.', example: '10Gi' });

/** Cores, as Kubernetes writes them: `2` or `500m`. */
export const cpuQuantity = z
  .string()
  .regex(/^([1-9][0-9]{0,3}|[1-9][0-9]{0,5}m)$/)
  .max(16)
  .meta({ description: 'Cores: a whole number, or thousandths of a core with the suffix m.', example: '500m' });

/** A length of time in whole days or hours, for example `14d`. */
export const retentionDuration = z
  .string()
  .regex(/^[1-9][0-9]{0,4}(d|h)$/)
  .max(8)
  .meta({ description: 'A length of time: a whole number of days (d) or hours (h).', example: '14d' });

const labelKey = z.string().max(317);
const labelValue = z.string().max(63);

export const stringMap = z.record(labelKey, z.string().max(4096));

export const resourceAmounts = z
  .strictObject({ cpu: cpuQuantity.optional(), memory: byteQuantity.optional() })
  .meta({ description: 'Amounts of processor time and memory.' });

export const resources = z
  .strictObject({ requests: resourceAmounts.optional(), limits: resourceAmounts.optional() })
  .meta({ description: 'What each pod asks of its Kubernetes node and how far it may go.' });

const toleration = z.strictObject({
  key: z.string().max(317).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).max(2_147_483_647).optional(),
});

/** The closed subset of pod settings that a pool or component accepts. No full pod template: what is not here is the operator's. */
export const podSettings = {
  resources: resources.optional(),
  labels: z.record(labelKey, labelValue).optional().meta({ description: 'Labels added to the pods.' }),
  annotations: stringMap.optional().meta({ description: 'Annotations added to the pods.' }),
  nodeSelector: z
    .record(labelKey, labelValue)
    .optional()
    .meta({ description: 'Kubernetes node labels that the pods need.' }),
  tolerations: z.array(toleration).max(32).optional().meta({ description: 'Node taints that the pods accept.' }),
  priorityClassName: z.string().max(253).optional().meta({ description: 'PriorityClass of the pods.' }),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().max(253) }))
    .max(8)
    .optional()
    .meta({ description: 'Secrets of this namespace with credentials for the image registry.' }),
};

export type Resources = z.infer<typeof resources>;
export type Toleration = z.infer<typeof toleration>;
