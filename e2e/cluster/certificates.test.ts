// Certificates are good for the names and users they are issued for, signed by one lasting authority.
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CertificateAuthority } from './certificates.ts';
import { renderKubeconfig } from './kubeconfig.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificates-test-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('a server certificate carries its names and addresses and belongs to its key', async () => {
  const authority = await CertificateAuthority.open(directory);
  const pair = await authority.issue({ commonName: 'api', dnsNames: ['kubernetes'], addresses: ['198.18.255.1'] });
  const certificate = new X509Certificate(pair.certificate);
  expect(certificate.subjectAltName).toBe('DNS:kubernetes, IP Address:198.18.255.1');
  expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true);
});

test('a user and its groups are the subject', async () => {
  const authority = await CertificateAuthority.open(directory);
  const { certificate } = await authority.issue({ commonName: 'jane', organizations: ['developers', 'on-call'] });
  expect(new X509Certificate(certificate).subject.split('\n').sort()).toEqual(['CN=jane', 'O=developers', 'O=on-call']);
});

test('an authority is made once, and its key is nobody else’s to read', async () => {
  const first = await CertificateAuthority.open(directory);
  const second = await CertificateAuthority.open(directory);
  expect(second.certificatePem).toBe(first.certificatePem);
  const { certificate } = await second.issue({ commonName: 'late' });
  expect(new X509Certificate(certificate).verify(new X509Certificate(first.certificatePem).publicKey)).toBe(true);
  expect((await stat(join(directory, 'ca.key'))).mode & 0o777).toBe(0o600);
});

test('a kubeconfig needs no other file', () => {
  const text = renderKubeconfig({
    cluster: 'one',
    server: 'https://127.64.0.1:16443',
    authority: 'CA',
    user: 'jane',
    identity: { certificate: 'CERTIFICATE', key: 'KEY' },
  });
  const parsed = parse(text) as { users: { user: Record<string, string> }[]; 'current-context': string };
  expect(parsed['current-context']).toBe('one');
  expect(Buffer.from(parsed.users[0]?.user['client-key-data'] ?? '', 'base64').toString()).toBe('KEY');
});
