// The check of restricted Pod Security must find each planted violation, or its silence about our own pods says nothing.
import { describe, expect, it } from 'vitest';
import { restrictedViolations } from './pod-security.testing.ts';
import { restrictedContainer, restrictedPod } from './pods.ts';

const container = { name: 'main', securityContext: restrictedContainer };
const right = { securityContext: restrictedPod, containers: [container] };
const withContainer = (change: object) => ({ ...right, containers: [{ ...container, ...change }] });
const withSecurity = (change: object) => withContainer({ securityContext: { ...restrictedContainer, ...change } });

describe('restrictedViolations', () => {
  it('finds nothing in what all our pods share', () => {
    expect(restrictedViolations(right)).toEqual([]);
  });

  it.each([
    ['hostNetwork', { ...right, hostNetwork: true }],
    ['hostPID', { ...right, hostPID: true }],
    ['securityContext.sysctls', { ...right, securityContext: { ...restrictedPod, sysctls: [] } }],
    ['volume logs', { ...right, volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }] }],
    ['main: privileged', withSecurity({ privileged: true })],
    ['main: allowPrivilegeEscalation', withSecurity({ allowPrivilegeEscalation: undefined })],
    ['main: readOnlyRootFilesystem', withSecurity({ readOnlyRootFilesystem: false })],
    ['main: runAsUser', withSecurity({ runAsUser: 0 })],
    ['main: runAsNonRoot', withSecurity({ runAsNonRoot: false })],
    ['main: procMount', withSecurity({ procMount: 'Unmasked' })],
    ['main: seccompProfile', withSecurity({ seccompProfile: { type: 'Unconfined' } })],
    ['main: capabilities.drop', withSecurity({ capabilities: {} })],
    ['main: capabilities.add', withSecurity({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })],
    ['main: hostPort', withContainer({ ports: [{ hostPort: 80 }] })],
    [
      'init: privileged',
      {
        ...right,
        initContainers: [{ ...container, name: 'init', securityContext: { ...restrictedContainer, privileged: true } }],
      },
    ],
  ])('finds %s', (violation, spec) => {
    expect(restrictedViolations(spec)).toEqual([violation]);
  });
});
