import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedactionStream, redactText } from '../../../src/observability/redact-text.js';
import { forgetSecrets, rememberSecret } from '../../../src/observability/known-secrets.js';

const SECRET = 'S3cret/with+odd=signs&more';

beforeEach(() => rememberSecret('openai api_key', SECRET));
afterEach(forgetSecrets);

const mark = '[redacted:openai-api_key]';

describe('redactText', () => {
  it.each([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in a JSON string', JSON.stringify(SECRET).slice(1, -1)],
  ])('replaces a remembered secret %s', (_name, form) => {
    expect(redactText(`before ${form} after`)).toBe(`before ${mark} after`);
  });

  it.each([0, 1, 2, 3, 4])(
    'replaces it inside base64 of a text, %d bytes from the start',
    (border) => {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${'x'.repeat(border)}${SECRET}:tail`).toString(encoding);
        const shown = redactText(text);
        expect(shown).toContain(mark);
        expect(shown.length - mark.length).toBeLessThan(16);
      }
    },
  );

  it.each([
    ['sk-ant-api03-abcdefghijklmnop', 'anthropic-key'],
    ['sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6', 'api-key'],
    [`AIza${'a1'.repeat(17)}b`, 'google-key'],
    [`ghp_${'a1B2'.repeat(9)}`, 'github-token'],
    ['AKIAIOSFODNN7EXAMPLE', 'aws-key-id'],
    ['hvs.CAESIJ0123456789abcdefgh', 'vault-token'],
    ['s.5bWG1YxYPMULgBaIMbGgZ8GM', 'vault-token'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk', 'jwt'],
    ['-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\nEE=\n-----END EC PRIVATE KEY-----', 'private-key'],
  ])('knows %s by its shape', (key, name) => {
    expect(redactText(`a (${key}) b`)).toBe(`a ([redacted:${name}]) b`);
  });

  it('takes the random value after a telling name, and leaves the name', () => {
    expect(redactText('DB_PASSWORD="q8Zr3Lm0Xw7Vb2Nc5Tk9"')).toBe(
      'DB_PASSWORD="[redacted:assigned-secret]"',
    );
  });

  it.each([
    'const token = await readTokenFromConfigurationFile(path);',
    'className="sk-fading-circle sk-circle12"',
    'token: authenticationTokenProvider.current',
    'sha256 9c5f36287c673f386e1533e9c044169a248e4ee50dd54810fa766e95bd41b788',
    's.isMethodWithTwentyFourCh()',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  ])('leaves %s alone', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('remembers no value that would match everywhere', () => {
    rememberSecret('short', 'ok');
    expect(redactText('it is ok')).toBe('it is ok');
  });
});

describe('createRedactionStream', () => {
  const through = (chunks: readonly Uint8Array[]): Buffer => {
    const stream = createRedactionStream();
    return Buffer.concat([...chunks.map((chunk) => stream.push(chunk)), stream.end()]);
  };

  it('finds a secret wherever the chunks cut it', () => {
    const text = Buffer.from(`one\ntwo ${SECRET} three\nfour`);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
        const borders = [0, ...cuts.sort((left, right) => left - right), text.length];
        const chunks = borders.slice(1).map((end, index) => text.subarray(borders[index], end));
        expect(through(chunks).toString()).toBe(`one\ntwo ${mark} three\nfour`);
      }),
    );
  });

  it('gives bytes without secrets back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        forgetSecrets();
        expect(through(chunks).equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });

  it('waits for a private key that has begun, and never for a line without an end', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIE\nabcd\n-----END PRIVATE KEY-----\n';
    const parts = [key.slice(0, 40), key.slice(40)].map((part) => Buffer.from(part));
    expect(through(parts).toString()).toBe('[redacted:private-key]\n');
    const stream = createRedactionStream();
    const long = Buffer.alloc(200_000, 'x');
    expect(stream.push(long).length).toBeGreaterThan(190_000);
  });

  it('finds a secret across the borders of a line that is too long to wait for', () => {
    const line = Buffer.from(`${'x '.repeat(40_000)}${SECRET}${' y'.repeat(40_000)}`);
    for (const at of [79_990, 80_000, 80_010, 80_020]) {
      const shown = through([line.subarray(0, at), line.subarray(at)]).toString();
      expect(shown).toContain(mark);
      expect(shown).not.toContain(SECRET.slice(4, 20));
    }
  });
});
