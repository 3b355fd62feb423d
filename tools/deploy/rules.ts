// What the operator may do in a cluster: every resource and verb by name, each with the reason. Reviewed by people: see golden.txt.

/** One rule of a Role or ClusterRole, and why the operator needs it. */
export interface ReasonedRule {
  readonly reason: string;
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** One live look besides the watched cache: before a creation, and when the cache is behind our own writes. */
const read = ['get', 'list', 'watch'] as const;
const written = [...read, 'create', 'patch'] as const;

/** In every namespace, or in the watched ones: the stacks, and the objects that the operator makes for them. */
export const stackRules: readonly ReasonedRule[] = [
  {
    reason: 'The stacks themselves. Their spec is never written.',
    apiGroup: 'loggingstack.dev',
    resources: ['loggingstacks'],
    verbs: read,
  },
  {
    reason: 'Conditions, refusals and progress of each component.',
    apiGroup: 'loggingstack.dev',
    resources: ['loggingstacks/status'],
    verbs: ['patch'],
  },
  {
    reason: 'Owner references with blockOwnerDeletion, where the cluster asks for this right (as OpenShift does).',
    apiGroup: 'loggingstack.dev',
    resources: ['loggingstacks/finalizers'],
    verbs: ['update'],
  },
  {
    reason: 'Plans that people ask for. They are deleted when their time is over.',
    apiGroup: 'loggingstack.dev',
    resources: ['stackplans'],
    verbs: [...read, 'delete'],
  },
  {
    reason: 'What a plan came to.',
    apiGroup: 'loggingstack.dev',
    resources: ['stackplans/status'],
    verbs: ['patch'],
  },
  {
    reason:
      'Repositories, snapshots and schedules. Patched only for a finalizer, while something in Elasticsearch depends on them.',
    apiGroup: 'loggingstack.dev',
    resources: ['stackrepositories', 'stacksnapshots', 'stacksnapshotschedules'],
    verbs: [...read, 'patch'],
  },
  {
    reason:
      'Restores. One is made for a new stack that says what it is restored from; it goes when the stack says so no more before it has begun.',
    apiGroup: 'loggingstack.dev',
    resources: ['stackrestores'],
    verbs: [...written, 'delete'],
  },
  {
    reason: 'How far they are.',
    apiGroup: 'loggingstack.dev',
    resources: [
      'stackrepositories/status',
      'stackrestores/status',
      'stacksnapshots/status',
      'stacksnapshotschedules/status',
    ],
    verbs: ['patch'],
  },
  {
    reason: 'Configuration files of all components. Those of Elasticsearch carry a hash in their name; old ones go.',
    apiGroup: '',
    resources: ['configmaps'],
    verbs: [...written, 'delete'],
  },
  {
    reason:
      "Certificates, passwords, tokens. Created once; patched when volumes.whenDeleted changes who owns them. Logstash's API key is deleted when Elasticsearch does not know it any more. What a StackRepository names is read, and laid down for the nodes in another one, which follows it and goes with it.",
    apiGroup: '',
    resources: ['secrets'],
    verbs: [...written, 'delete'],
  },
  {
    reason: 'Addresses of the components, and accounts for their pods.',
    apiGroup: '',
    resources: ['services', 'serviceaccounts'],
    verbs: written,
  },
  {
    reason:
      'The cluster that lives on the volumes of master nodes is noted on their claims. Claims are made by StatefulSets; that of a node which was emptied and removed is deleted, unless volumes.whenScaled keeps it.',
    apiGroup: '',
    resources: ['persistentvolumeclaims'],
    verbs: [...read, 'patch', 'delete'],
  },
  {
    reason: 'State of the pods. Elasticsearch pods that are no members of the cluster are replaced at once.',
    apiGroup: '',
    resources: ['pods'],
    verbs: [...read, 'delete'],
  },
  {
    reason:
      'Elasticsearch and Logstash. The StatefulSet of a pool that the spec no longer has is deleted when it is empty.',
    apiGroup: 'apps',
    resources: ['statefulsets'],
    verbs: [...written, 'delete'],
  },
  {
    reason: 'Kibana, Filebeat.',
    apiGroup: 'apps',
    resources: ['deployments', 'daemonsets'],
    verbs: written,
  },
  {
    reason: 'How many Elasticsearch nodes may be evicted at a time.',
    apiGroup: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: written,
  },
  {
    // No right to "bind": the API server lets nobody hand on more than he has, and the operator has all that Filebeat gets.
    reason: "Lets a stack's Filebeat read Pods of its namespace. Deleted when it is allowed to read those of all.",
    apiGroup: 'rbac.authorization.k8s.io',
    resources: ['rolebindings'],
    verbs: [...written, 'delete'],
  },
  {
    reason: 'Tells people what changed. An Event is written once and never touched again.',
    apiGroup: 'events.k8s.io',
    resources: ['events'],
    verbs: ['create'],
  },
];

/** Besides stackRules, only where the operator serves all namespaces. */
export const clusterRules: readonly ReasonedRule[] = [
  {
    reason: 'Lets the Filebeat of a namespace on the list collectEverywhereFrom read the Pods of all namespaces.',
    apiGroup: 'rbac.authorization.k8s.io',
    resources: ['clusterrolebindings'],
    verbs: [...written, 'delete'],
  },
  {
    reason: 'The Pod Security level of a namespace, to say why it does not admit Filebeat.',
    apiGroup: '',
    resources: ['namespaces'],
    verbs: read,
  },
];

/** In the operator's own namespace. */
export const ownNamespaceRules: readonly ReasonedRule[] = [
  {
    reason: 'The Lease that says which instance of the operator works.',
    apiGroup: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', 'create', 'update'],
  },
];

/** What a stack's Filebeat may do, in its own namespace or in all. */
export const filebeatRules: readonly ReasonedRule[] = [
  { reason: 'Labels of the Pods that logs come from.', apiGroup: '', resources: ['pods'], verbs: read },
];

const stacks = { apiGroup: 'loggingstack.dev', resources: ['loggingstacks'] } as const;
const plans = { apiGroup: 'loggingstack.dev', resources: ['stackplans'] } as const;
const backups = {
  apiGroup: 'loggingstack.dev',
  resources: ['stackrepositories', 'stackrestores', 'stacksnapshots', 'stacksnapshotschedules'],
} as const;
const scale = { apiGroup: 'loggingstack.dev', resources: ['loggingstacks/scale'] } as const;

/** What people may do with our kinds, added to the roles view, edit and admin that Kubernetes has. */
export const peopleRules: Readonly<Record<'view' | 'edit' | 'admin', readonly ReasonedRule[]>> = {
  view: [
    { reason: 'See stacks.', ...stacks, verbs: read },
    {
      reason: 'See how far they are.',
      apiGroup: 'loggingstack.dev',
      resources: ['loggingstacks/status'],
      verbs: ['get'],
    },
    { reason: 'See their size.', ...scale, verbs: ['get'] },
    { reason: 'See plans and what they came to.', ...plans, verbs: read },
    { reason: 'See repositories, snapshots, schedules and restores.', ...backups, verbs: read },
  ],
  edit: [
    { reason: 'Make, change and delete stacks.', ...stacks, verbs: ['create', 'update', 'patch', 'delete'] },
    { reason: 'Scale stacks.', ...scale, verbs: ['update', 'patch'] },
    { reason: 'Have changes planned.', ...plans, verbs: ['create', 'update', 'patch', 'delete'] },
    { reason: 'Have stacks backed up and restored.', ...backups, verbs: ['create', 'update', 'patch', 'delete'] },
  ],
  admin: [
    { reason: 'Delete all stacks of a namespace at once.', ...stacks, verbs: ['deletecollection'] },
    { reason: 'Delete all plans of a namespace at once.', ...plans, verbs: ['deletecollection'] },
    { reason: 'Delete all of them in a namespace at once.', ...backups, verbs: ['deletecollection'] },
  ],
};
