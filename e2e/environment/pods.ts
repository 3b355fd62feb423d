// Pods as the cases look at them: which ones are the operator's, and whether one is ready.

/** Words for kubectl that select the operator's pods. */
export const operatorPods = [
  '-n',
  'loggingstack-system',
  '-l',
  'app.kubernetes.io/name=loggingstack-operator',
] as const;

/** What a case that asks for readiness needs to know of a pod. */
export interface PodWithConditions {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const isReady = ({ status }: PodWithConditions): boolean =>
  status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
