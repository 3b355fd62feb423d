// The cluster that cases on a node run against: a local one made by the harness, or one of the user's own.
import type { CaseContext } from '../cases/registry.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';

/** What a case needs to know of the cluster; handed to the process in its network namespace by an environment variable. */
export interface SiteDescription {
  /** Name of the local cluster; undefined on a cluster of the user's own. */
  readonly cluster: string | undefined;
  readonly kubectl: string;
  readonly kubeconfig: string;
  /** The API server's audit log; undefined on a cluster of the user's own. */
  readonly auditLog: string | undefined;
  /** Image of the pod that writes log lines. */
  readonly logWriterImage: string;
}

export interface Site extends SiteDescription {
  readonly run: Kubectl;
}

const variable = 'LOGGINGSTACK_SITE';

export const siteEnvironment = (site: SiteDescription): Record<string, string> => ({
  [variable]: JSON.stringify(site),
});

/** The site that this process was started for. */
export function currentSite(context: Pick<CaseContext, 'signal'>): Site {
  const text = process.env[variable];
  if (text === undefined) throw new Error(`${variable} is not set: cases on a node are started by e2e/main.ts`);
  return siteOf(JSON.parse(text) as SiteDescription, context.signal);
}

export const siteOf = (description: SiteDescription, signal: AbortSignal): Site => ({
  ...description,
  run: kubectlFor(description.kubectl, description.kubeconfig, signal),
});
