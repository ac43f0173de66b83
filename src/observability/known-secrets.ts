/** Values shorter than this are left alone: they would match everywhere and protect nothing. */
const SHORTEST = 8;
/** Secrets that are remembered; rotated ones stay, because old texts may still hold them. */
const MOST = 500;

/** One way in which a secret may stand in a text. */
export interface SecretForm {
  /** What the text shows instead. */
  readonly mark: string;
  readonly value: string;
}

const secrets = new Map<string, readonly SecretForm[]>();
let forms: readonly SecretForm[] = [];
let longest = 0;

/**
 * Keeps a value out of every text that is redacted from now on, also inside base64, base64url, percent-encoding and JSON
 * strings. `name` is what the mark shows: `[redacted:NAME]`. Values under 8 characters are ignored.
 */
export function rememberSecret(name: string, value: string): void {
  if (value.length < SHORTEST || secrets.has(value)) return;
  const oldest = secrets.keys().next().value;
  if (secrets.size >= MOST && oldest !== undefined) secrets.delete(oldest);
  const mark = `[redacted:${name.replaceAll(/[^\w.-]+/g, '-')}]`;
  secrets.set(
    value,
    [...new Set(formsOf(value))].map((form) => ({ mark, value: form })),
  );
  // The longest first: a secret that contains another one is replaced as a whole.
  forms = [...secrets.values()]
    .flat()
    .sort((left, right) => right.value.length - left.value.length);
  longest = forms[0]?.value.length ?? 0;
}

/** All forms of all remembered secrets, longest first. */
export function secretForms(): readonly SecretForm[] {
  return forms;
}

/** Length of the longest form, in UTF-16 units. */
export function longestForm(): number {
  return longest;
}

/** Forgets everything; for tests, which share a process. */
export function forgetSecrets(): void {
  secrets.clear();
  forms = [];
  longest = 0;
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    // Outputs are searched byte by byte, so characters beyond ASCII have this second form.
    bytes.toString('latin1'),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+'),
    encodeURIComponent(value).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...[0, 1, 2].flatMap((offset) => base64Inside(bytes, offset)),
  ].filter((form) => form.length >= SHORTEST);
}

/**
 * The characters of base64 that depend on the value alone when it stands `offset` bytes after a border of three, as in
 * `Basic base64(user:key)`.
 */
function base64Inside(bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((padded.length * 8) / 6);
  const text = padded.toString('base64').slice(first, last);
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
}
