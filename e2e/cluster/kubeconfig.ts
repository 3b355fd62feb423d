// Kubeconfigs with the client certificate inside, for any user and groups.
import { stringify } from 'yaml';
import type { PemPair } from './certificates.ts';

interface KubeconfigInput {
  readonly cluster: string;
  readonly server: string;
  readonly authority: string;
  readonly user: string;
  readonly identity: PemPair;
}

/** The text of a kubeconfig that needs no other file. */
export function renderKubeconfig(input: KubeconfigInput): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: input.cluster,
        cluster: { server: input.server, 'certificate-authority-data': base64(input.authority) },
      },
    ],
    users: [
      {
        name: input.user,
        user: {
          'client-certificate-data': base64(input.identity.certificate),
          'client-key-data': base64(input.identity.key),
        },
      },
    ],
    contexts: [{ name: input.cluster, context: { cluster: input.cluster, user: input.user } }],
    'current-context': input.cluster,
  });
}
