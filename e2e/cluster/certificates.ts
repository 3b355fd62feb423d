// The cluster's own certificate authority and what it signs: server and client certificates, and service-account keys.
import { webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import 'reflect-metadata'; // @peculiar/x509 does not load without it
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hour = 3_600_000;
const lifetime = 365 * 24 * hour;

x509.cryptoProvider.set(webcrypto);

export interface Leaf {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
}

export interface PemPair {
  readonly certificate: string;
  readonly key: string;
}

/** Signs certificates of one cluster; everything in it trusts this one authority. */
export class CertificateAuthority {
  readonly certificatePem: string;
  readonly #certificate: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificatePem: string, key: webcrypto.CryptoKey) {
    this.certificatePem = certificatePem;
    this.#certificate = new x509.X509Certificate(certificatePem);
    this.#key = key;
  }

  /** Reads the authority of a directory (ca.crt, ca.key), or makes it there. */
  static async open(directory: string): Promise<CertificateAuthority> {
    const paths = { certificate: join(directory, 'ca.crt'), key: join(directory, 'ca.key') };
    const existing = await Promise.all([readFile(paths.certificate, 'utf8'), readFile(paths.key, 'utf8')]).catch(
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (existing) return new CertificateAuthority(existing[0], await importKey(existing[1]));
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerialNumber(),
      name: [{ CN: ['loggingstack local cluster'] }],
      keys: keys,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    await mkdir(directory, { recursive: true });
    await writePrivate(paths.key, await exportKey(keys.privateKey));
    await writeFile(paths.certificate, certificate.toString('pem'));
    return new CertificateAuthority(certificate.toString('pem'), keys.privateKey);
  }

  /** A new key with a certificate for it, good as a client and, when it has names or addresses, as a server. */
  async issue(leaf: Leaf): Promise<PemPair> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const alternativeNames = [
      ...(leaf.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(leaf.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ];
    const usages = [x509.ExtendedKeyUsage.clientAuth];
    if (alternativeNames.length > 0) usages.push(x509.ExtendedKeyUsage.serverAuth);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: newSerialNumber(),
      subject: [...(leaf.organizations ?? []).map((name) => ({ O: [name] })), { CN: [leaf.commonName] }],
      issuer: this.#certificate.subjectName.toJSON(),
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
        ...(alternativeNames.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternativeNames)] : []),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
  }
}

/** The key pair with which service-account tokens are signed and checked, as PEM. */
export async function serviceAccountKeys(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const publicKey = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    privateKey: await exportKey(keys.privateKey),
    publicKey: x509.PemConverter.encode(publicKey, 'PUBLIC KEY'),
  };
}

/** Writes a file that only its owner may read. */
export async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await chmod(path, 0o600); // the mode above counts only when the file is new
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - hour), notAfter: new Date(now + lifetime) };
}

function newSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f; // a serial number is positive
  return Buffer.from(bytes).toString('hex');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithm, true, ['sign']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
