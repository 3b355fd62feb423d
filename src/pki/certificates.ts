// Makes certificate authorities and leaves: EC P-256 keys, PKCS#8, PEM.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { SecretContent } from '../core/pki/plan.ts';
import type { AuthorityRecipe, LeafRecipe } from '../core/pki/recipes.ts';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const extendedUsages = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

const day = 24 * 60 * 60 * 1000;
/** Nothing renews authorities and leaves yet; docs/security.md says until when they hold. */
const authorityDays = 3650;
const leafDays = 1825;
/** Certificates begin this long before now, because clocks of other machines may be behind. */
const clockTolerance = 60 * 60 * 1000;

/** An authority: `ca.crt` and `ca.key` as PEM. It may sign leaves, but no further authorities. */
export async function makeAuthority(
  recipe: AuthorityRecipe,
  now: Date,
): Promise<{ 'ca.crt': string; 'ca.key': string }> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: commonName(recipe.commonName),
    keys,
    signingAlgorithm,
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - clockTolerance),
    notAfter: new Date(now.getTime() + authorityDays * day),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { 'ca.crt': pemOf(certificate), 'ca.key': await privateKeyPem(keys.privateKey) };
}

/** A leaf signed by an authority: `tls.crt`, `tls.key` and the authority's own `ca.crt`. It never outlives the authority. */
export async function makeLeaf(
  recipe: LeafRecipe,
  authority: SecretContent,
  now: Date,
): Promise<{ 'tls.crt': string; 'tls.key': string; 'ca.crt': string }> {
  const issuer = new x509.X509Certificate(required(authority, 'ca.crt', recipe.authority));
  const signingKey = await readPrivateKey(required(authority, 'ca.key', recipe.authority));
  const keys = await makeKeys();
  const notAfter = Math.min(now.getTime() + leafDays * day, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    subject: commonName(recipe.commonName),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm,
    serialNumber: serialNumber(),
    notBefore: new Date(now.getTime() - clockTolerance),
    notAfter: new Date(notAfter),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(recipe.usages.map((usage) => extendedUsages[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...alternativeNames(recipe.dnsNames),
    ],
  });
  return {
    'tls.crt': pemOf(certificate),
    'tls.key': await privateKeyPem(keys.privateKey),
    'ca.crt': `${issuer.toString('pem').trimEnd()}\n`,
  };
}

const alternativeNames = (dnsNames: readonly string[]): x509.Extension[] =>
  dnsNames.length === 0
    ? []
    : [new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))];

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);

const commonName = (name: string): x509.JsonName => [{ CN: [name] }];

const pemOf = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`;

/** 16 random bytes as a positive number: the first bit is clear, the second is set so that no leading zero is dropped. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

async function readPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), keyAlgorithm, false, ['sign']);
}

function required(values: SecretContent, key: string, secret: string): string {
  const value = values[key];
  if (typeof value !== 'string')
    throw new Error(`Secret ${secret} has no ${key}: no certificate can be signed with it.`);
  return value;
}
