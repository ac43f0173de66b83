import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { forgetSecrets, rememberSecret } from '../../../src/observability/known-secrets.js';
import { redactJson, redactValues } from '../../../src/observability/redact-values.js';
import { redactText } from '../../../src/observability/redact-text.js';

const HEADER = '-----BEGIN PRIVATE KEY-----';
const BODY = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7';

afterEach(forgetSecrets);

describe('private keys', () => {
  it.each([
    ['a bare header', HEADER],
    [
      'a header in a sentence',
      `a file that starts with ${HEADER} must be refused, always and everywhere`,
    ],
    ['a header in quotes', `{"text":"${HEADER}","seq":1}`],
    ['header and footer without a key', `grep -e '${HEADER}' -e '-----END PRIVATE KEY-----' file`],
    [
      'a header in a command',
      `if head -1 "$f" | grep -q -- '${HEADER}'; then exit 1; fi\nnext line`,
    ],
  ])('%s is no key', (_name, text) => {
    expect(redactText(text)).toBe(text);
  });

  it.each([
    ['whole', `${HEADER}\n${BODY}\n${BODY}\n-----END PRIVATE KEY-----`],
    ['with escaped line breaks', `${HEADER}\\n${BODY}\\n-----END PRIVATE KEY-----`],
    ['on one line', `${HEADER} ${BODY} -----END PRIVATE KEY-----`],
    ['without an end', `${HEADER}\n${BODY}\n${BODY}`],
    [
      'encrypted',
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${BODY}\n-----END RSA PRIVATE KEY-----`,
    ],
  ])('a key %s is one', (_name, text) => {
    expect(redactText(`a "${text}", b`)).toBe('a "[redacted:private-key]", b');
  });
});

describe('redactValues', () => {
  it('keeps every document readable whatever its texts are', () => {
    rememberSecret('quoted', 'pass"word\\with,quotes');
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(HEADER, `${HEADER}\n${BODY}`, 'pass"word\\with,quotes', 'token="', '"}'),
    );
    const document = fc.dictionary(hostile, fc.oneof(hostile, fc.array(hostile), fc.integer()));
    fc.assert(
      fc.property(document, (value) => {
        const line = JSON.stringify(redactValues(value));
        expect(line).not.toContain(BODY);
        expect(Object.keys(JSON.parse(line) as object).length).toBeLessThanOrEqual(
          Object.keys(value).length,
        );
      }),
      { seed: 20260102, numRuns: 500 },
    );
  });

  it('gives back the very same value when there is nothing to hide', () => {
    const value = { text: `about ${HEADER}`, list: [1, { inner: 'x' }], none: null };
    expect(redactValues(value)).toBe(value);
  });

  it('does not follow a value without end', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(JSON.stringify(redactValues(deep))).toContain('[deep]');
  });
});

describe('redactJson', () => {
  it('stays JSON, and leaves what is none as text', () => {
    rememberSecret('quoted', 'pass"word\\with,quotes');
    const text = JSON.stringify({ command: 'echo pass"word\\with,quotes' });
    expect(JSON.parse(redactJson(text))).toEqual({ command: 'echo [redacted:quoted]' });
    expect(redactJson('{"a": pass"word\\with,quotes')).toBe('{"a": [redacted:quoted]');
    expect(redactJson('{ "a": 1 }')).toBe('{ "a": 1 }');
  });
});
