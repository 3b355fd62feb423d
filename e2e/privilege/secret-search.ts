// Looks for generated secret values where they must not be: raw, in base64, and URL-encoded.

/** A value that nobody but its owner may see, and where it comes from. */
export interface SecretValue {
  readonly source: string;
  readonly value: string;
}

/** A text in which no secret may be. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

export interface Leak {
  readonly source: string;
  readonly place: string;
  readonly form: string;
}

/** Shorter values would be found by chance. */
const shortest = 12;

const publicKeys = new Set(['ca.crt', 'tls.crt', 'username', 'name', 'users_roles', 'roles.yml']);

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** All values of generated Secrets that are secret. Of a private key, each line of its body counts. */
export function secretValues(secrets: readonly Secret[]): readonly SecretValue[] {
  return secrets.flatMap(({ metadata, data = {} }) =>
    Object.entries(data)
      .filter(([key]) => !publicKeys.has(key))
      .flatMap(([key, encoded]) =>
        parts(Buffer.from(encoded, 'base64').toString()).map((value) => ({ source: `${metadata.name}/${key}`, value })),
      ),
  );
}

function parts(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('-----'));
  // `id:key` of an API key: the id is no secret, the key is. Hashes of the file realm: what follows the user's name.
  return lines.map((line) => line.slice(line.indexOf(':') + 1).trim()).filter((line) => line.length >= shortest);
}

/** The forms in which a value may have got out. In base64 it may begin at any of three offsets within a longer text. */
function forms(value: string): readonly (readonly [form: string, text: string])[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + value)
      .toString('base64')
      .replaceAll('=', '');
    // What the first and last characters are depends on the neighbours.
    return ['base64', text.slice(offset === 0 ? 0 : 4, -2)] as const;
  });
  const url = encodeURIComponent(value);
  return [['raw', value], ...encoded, ...(url === value ? [] : [['URL-encoded', url] as const])];
}

export function findLeaks(values: readonly SecretValue[], places: readonly Place[]): readonly Leak[] {
  return values.flatMap(({ source, value }) =>
    forms(value).flatMap(([form, text]) =>
      places.filter((place) => place.text.includes(text)).map((place) => ({ source, place: place.name, form })),
    ),
  );
}
