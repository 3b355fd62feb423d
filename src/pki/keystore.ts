// Makes a PKCS #12 keystore of one key and its certificate (RFC 7292): the only form in which Logstash takes them for its API.
import { createHash, createHmac, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';

const identifiers = {
  data: '1.2.840.113549.1.7.1',
  encryptedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

const tags = {
  integer: 0x02,
  octets: 0x04,
  nothing: 0x05,
  identifier: 0x06,
  sequence: 0x30,
  set: 0x31,
  explicit: 0xa0,
};

/** PEM texts, and a password of ASCII characters. */
export interface KeyWithCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** The keystore's bytes. The key in it is encrypted (AES-256, PBKDF2), and a MAC by the same password is over all. */
export function makeKeystore({ certificate, key }: KeyWithCertificate, password: string): Uint8Array {
  const encryptedKey = createPrivateKey(key).export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase: password,
  });
  const der = new X509Certificate(certificate).raw;
  // By the same mark readers find the certificate of a key.
  const mark = set(
    sequence(identifier(identifiers.localKeyId), set(octets(createHash('sha256').update(der).digest()))),
  );
  const typed = sequence(identifier(identifiers.x509Certificate), explicit(octets(der)));
  const keys = sequence(sequence(identifier(identifiers.encryptedKeyBag), explicit(encryptedKey), mark));
  const certificates = sequence(sequence(identifier(identifiers.certificateBag), explicit(typed), mark));
  const content = sequence(dataOf(keys), dataOf(certificates));
  return sequence(integer(3), dataOf(content), macOf(content, password));
}

const macRounds = 10_000;

function macOf(content: Uint8Array, password: string): Uint8Array {
  const salt = randomBytes(32);
  const mac = createHmac('sha256', macKey(password, salt)).update(content).digest();
  const digest = sequence(sequence(identifier(identifiers.sha256), element(tags.nothing)), octets(mac));
  return sequence(digest, octets(salt), integer(macRounds));
}

/** RFC 7292, B.2, for a MAC key (3) of exactly one SHA-256. Passwords are UTF-16, big-endian, and end with a zero. */
function macKey(password: string, salt: Uint8Array): Uint8Array {
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
  let hash: Uint8Array = Buffer.concat([Buffer.alloc(blockBytes, 3), repeated(salt), repeated(text)]);
  for (let round = 0; round < macRounds; round += 1) hash = createHash('sha256').update(hash).digest();
  return hash;
}

/** Of SHA-256. */
const blockBytes = 64;

const repeated = (bytes: Uint8Array): Uint8Array =>
  Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes, bytes);

/** One element of DER: its tag, its length, what is in it. */
function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(contents);
  const length = body.length < 0x80 ? [body.length] : longLength(body.length);
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function longLength(length: number): readonly number[] {
  const bytes = [...Buffer.from(evenHex(length), 'hex')];
  return [0x80 | bytes.length, ...bytes];
}

const evenHex = (value: number): string => {
  const text = value.toString(16);
  return text.length % 2 === 0 ? text : `0${text}`;
};

const sequence = (...contents: readonly Uint8Array[]): Uint8Array => element(tags.sequence, ...contents);
const set = (...contents: readonly Uint8Array[]): Uint8Array => element(tags.set, ...contents);
const explicit = (content: Uint8Array): Uint8Array => element(tags.explicit, content);
const octets = (content: Uint8Array): Uint8Array => element(tags.octets, content);
const dataOf = (content: Uint8Array): Uint8Array => sequence(identifier(identifiers.data), explicit(octets(content)));

/** A number from 0 to 2^31; a first bit that is set would make it negative. */
function integer(value: number): Uint8Array {
  const bytes = Buffer.from(evenHex(value), 'hex');
  return element(tags.integer, ...((bytes[0] ?? 0) < 0x80 ? [bytes] : [Buffer.from([0]), bytes]));
}

/** Numbers in groups of seven bits; all but the last of a number have the first bit set. The first two are one. */
function identifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return element(tags.identifier, Buffer.from(bytes));
}
