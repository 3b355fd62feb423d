// The closed subset of pod settings that a pool or a component accepts. No full pod template: what is not here is the operator's.
import { z } from 'zod';
import { celRules, keysRefused, listMap } from './rules.ts';
import {
  byteQuantity,
  cpuQuantity,
  labelKeyAllowed,
  labelKeyPattern,
  labelValue,
  objectName,
  textMap,
} from './shapes.ts';

const labelKeys = { pattern: labelKeyPattern, allowed: labelKeyAllowed };

const resourceAmounts = z.strictObject({
  cpu: cpuQuantity.optional().meta({ description: 'Cores: a whole number, or thousandths of a core with suffix m.' }),
  memory: byteQuantity
    .optional()
    .meta({ description: 'Memory: a whole number followed by Mi, Gi or Ti.', example: '4Gi' }),
});

/** The request of one resource may not exceed its limit: Kubernetes would refuse every pod. */
const requestWithinLimit = (resource: 'cpu' | 'memory') => ({
  rule:
    `!has(self.requests) || !has(self.requests.${resource}) || !has(self.limits) || !has(self.limits.${resource})` +
    ` || quantity(self.requests.${resource}).compareTo(quantity(self.limits.${resource})) <= 0`,
  message: `the request of ${resource} must not be above its limit`,
  messageExpression: `'request of ' + self.requests.${resource} + ' is above the limit of ' + self.limits.${resource}`,
  fieldPath: `.requests.${resource}`,
});

const resources = z.strictObject({
  requests: resourceAmounts.optional().meta({ description: 'What Kubernetes sets aside for each pod.' }),
  limits: resourceAmounts.optional().meta({
    description: 'How far each pod may go. Java heaps are sized by the memory limit.',
  }),
});

const toleration = z
  .strictObject({
    key: z
      .string()
      .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/)
      .max(317)
      .optional()
      .meta({
        description: 'Key of the taint. Absent, with operator Exists: every taint.',
        example: 'dedicated',
      }),
    operator: z.enum(['Exists', 'Equal']).optional().meta({
      description: 'How the value is compared; Exists asks for no value.',
      resolvedDefault: 'Equal',
      example: 'Equal',
    }),
    value: labelValue.optional().meta({ description: 'Value of the taint.', example: 'logging' }),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().meta({
      description: 'Effect of the taint. Absent: every effect.',
      example: 'NoSchedule',
    }),
    tolerationSeconds: z.int().min(0).max(2_147_483_647).optional().meta({
      description: 'Seconds for which the pod stays on a node with the taint. Absent: for ever.',
      example: 300,
      format: 'int64',
    }),
  })
  .meta(
    celRules(
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'without a key the operator must be Exists: it then accepts every taint',
        fieldPath: '.operator',
      },
      {
        rule: "!has(self.value) || self.value == '' || !has(self.operator) || self.operator == 'Equal'",
        message: 'operator Exists compares no value: remove the value, or use operator Equal',
        fieldPath: '.value',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'tolerationSeconds has a meaning with effect NoExecute only',
        fieldPath: '.tolerationSeconds',
      },
    ),
  );

/** What the operator gives a pod when its user does not say otherwise; for the reference only, core decides. */
interface PodDefaults {
  readonly cpu: string;
  readonly memory: string;
}

/** The pod settings of one pool or component. */
export function podSettings(defaults: PodDefaults) {
  return {
    resources: resources.optional().meta({
      description: 'Processor time and memory of each pod. Without a limit of memory, its request is the limit too.',
      resolvedDefault: `requests of cpu ${defaults.cpu} and memory ${defaults.memory}, limit of memory ${defaults.memory}`,
      example: { requests: { cpu: '500m', memory: '4Gi' }, limits: { memory: '4Gi' } },
      ...celRules(requestWithinLimit('memory'), requestWithinLimit('cpu')),
    }),
    labels: textMap(labelValue, {
      ...labelKeys,
      maxEntries: 32,
      rules: [
        keysRefused(
          '^(loggingstack[.]dev|([-a-z0-9.]+[.])?kubernetes[.]io)/',
          'labels under loggingstack.dev/ and kubernetes.io/ are set by the operator and by Kubernetes',
        ),
      ],
    })
      .optional()
      .meta({ description: 'Labels added to the pods.', example: { team: 'payments' } }),
    annotations: textMap(z.string().max(4096), {
      ...labelKeys,
      maxEntries: 32,
      rules: [
        keysRefused(
          '^(loggingstack[.]dev|app[.]kubernetes[.]io|container[.]apparmor[.]security[.]beta[.]kubernetes[.]io)/',
          'annotations under loggingstack.dev/, app.kubernetes.io/ and the AppArmor prefix are not for users',
        ),
      ],
    })
      .optional()
      .meta({ description: 'Annotations added to the pods.', example: { 'example.com/owner': 'payments' } }),
    nodeSelector: textMap(labelValue, { ...labelKeys, maxEntries: 32 })
      .optional()
      .meta({
        description: 'Labels that a Kubernetes node must have to run the pods.',
        example: { 'kubernetes.io/arch': 'amd64' },
      }),
    tolerations: z
      .array(toleration)
      .max(32)
      .optional()
      .meta({
        description: 'Taints of Kubernetes nodes that the pods accept.',
        example: [{ key: 'dedicated', operator: 'Equal', value: 'logging', effect: 'NoSchedule' }],
      }),
    priorityClassName: objectName.optional().meta({
      description: 'PriorityClass of the pods. The classes whose names start with system- are for the cluster itself.',
      example: 'logging',
      ...celRules({
        rule: "!self.startsWith('system-')",
        message: 'classes whose names start with system- are for the cluster itself',
      }),
    }),
    imagePullSecrets: z
      .array(
        z.strictObject({
          name: objectName.meta({
            description: 'Name of the Secret, in the namespace of the stack.',
            example: 'registry',
          }),
        }),
      )
      .max(8)
      .optional()
      .meta({
        description: 'Secrets of this namespace with credentials for the image registry.',
        example: [{ name: 'registry' }],
        ...listMap('name'),
      }),
  };
}

export type Toleration = z.infer<typeof toleration>;
