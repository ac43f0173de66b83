import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { setInToml } from '../../../../src/config/edit/toml-edit.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';

const FILE = `#:schema ./x.json
# mine
default_model = "a/b"   # the good one

[api]
  port = 4100 # ours

[providers.local]
wire = 'openai-chat'
price = { input_per_million_usd = 1, output_per_million_usd = 2 }
models = [
  "one", # first
  "two",
]
[vault]
# nothing yet

[[checks]]
name = "test"
command = "npm test"
`;

function refusal(work: () => unknown): InvalidInputError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return error as InvalidInputError;
  }
  throw new Error('nothing was refused');
}

describe('a key that is there', () => {
  it.each([
    [['default_model'], 'c/d', '"a/b"', '"c/d"'],
    [['api', 'port'], 5000, '4100', '5000'],
    [['providers', 'local', 'wire'], 'replay', "'openai-chat'", '"replay"'],
    [['providers', 'local', 'models'], [], '[\n  "one", # first\n  "two",\n]', '[]'],
    [['providers', 'local', 'price', 'input_per_million_usd'], 0.5, 'usd = 1', 'usd = 0.5'],
  ] as const)(
    '%j gets another value, and nothing beside it changes',
    (...[path, value, old, now]) => {
      expect(setInToml(FILE, { path, value })).toBe(FILE.replace(old, now));
    },
  );

  it('is found under other spellings of its name', () => {
    expect(setInToml('"a" . \'b\'=1', { path: ['a', 'b'], value: true })).toBe('"a" . \'b\'=true');
  });
});

describe('a key that is not there', () => {
  it.each([
    [
      'behind the other keys of its table',
      ['api', 'host'],
      'x',
      '  port = 4100 # ours\n',
      '  host = "x"\n',
    ],
    [
      'behind the header of an empty table',
      ['vault', 'mount'],
      'kv',
      '[vault]\n',
      'mount = "kv"\n',
    ],
    [
      'behind a list of many lines',
      ['providers', 'local', 'stream'],
      false,
      '  "two",\n]\n',
      'stream = false\n',
    ],
    [
      'behind the keys before the first table',
      ['min_free_bytes'],
      5,
      '# the good one\n',
      'min_free_bytes = 5\n',
    ],
    [
      'in an inline table',
      ['providers', 'local', 'price', 'x'],
      3,
      'output_per_million_usd = 2',
      ', x = 3',
    ],
  ] as const)('is added %s', (...[, path, value, behind, added]) => {
    expect(setInToml(FILE, { path, value })).toBe(FILE.replace(behind, behind + added));
  });

  it('gets a table of its own at the end when it has none', () => {
    expect(setInToml(FILE, { path: ['providers', 'b.c', 'wire'], value: 'replay' })).toBe(
      `${FILE}\n[providers."b.c"]\nwire = "replay"\n`,
    );
    expect(setInToml('a = 1', { path: ['t', 'x'], value: 1 })).toBe('a = 1\n\n[t]\nx = 1\n');
    expect(setInToml('', { path: ['t', 'x'], value: 1 })).toBe('[t]\nx = 1\n');
  });

  it('is the first line of a file that begins with a table, but behind the name of a schema', () => {
    expect(setInToml('# c\n[t]\n', { path: ['a'], value: 'x' })).toBe('a = "x"\n# c\n[t]\n');
    expect(setInToml('#:schema ./s.json\n[t]\n', { path: ['a'], value: 1 })).toBe(
      '#:schema ./s.json\na = 1\n[t]\n',
    );
  });

  it('keeps dots where the table is only made by dots', () => {
    expect(setInToml('a.b.c = 1\n[z]\n', { path: ['a', 'b', 'd'], value: 2 })).toBe(
      'a.b.c = 1\na.b.d = 2\n[z]\n',
    );
    expect(setInToml('[t]\nb.c = 1', { path: ['t', 'b', 'd'], value: 2 })).toBe(
      '[t]\nb.c = 1\nb.d = 2\n',
    );
  });

  it('ends its line as the file does', () => {
    expect(setInToml('a = 1\r\n', { path: ['b'], value: 2 })).toBe('a = 1\r\nb = 2\r\n');
    expect(setInToml('a = 1\r\n', { path: ['t', 'b'], value: 2 })).toBe(
      'a = 1\r\n\r\n[t]\r\nb = 2\r\n',
    );
  });
});

describe('what cannot be set', () => {
  it.each([
    ['a key below one that is no table', 'a = 1\n', ['a', 'b']],
    ['a list that stands as tables', '[[checks]]\nname = "x"\n', ['checks']],
    ['a table that has lines', '[api]\nport = 1\n', ['api']],
    ['a key below a list of tables', '[[hooks]]\nevent = "x"\n', ['hooks', 'event']],
  ] as const)('%s is refused with its name', (_what, text, path) => {
    const error = refusal(() => setInToml(text, { path, value: 1 }));
    expect([error.code, error.where?.field]).toEqual(['ERR_CONFIG_EDIT', path.join('.')]);
    expect(error.hint).toContain('config validate');
  });

  it('is a text that no TOML can hold', () => {
    expect(refusal(() => setInToml('', { path: ['a'], value: '\ud800' })).code).toBe(
      'ERR_CONFIG_EDIT',
    );
  });
});

const NAMES = ['x', 'y', 'z', 'p.q', 'p.r', '"x y"'];
const VALUES = [
  '1',
  '"a # b"',
  "'lit'",
  '[1,\n 2, # two\n]',
  '{ k = 1, m.n = 2 }',
  'true',
  '"""\nx\n"""',
];
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '  ', '\t'),
      fc.constantFrom(...NAMES),
      fc.constantFrom(...VALUES),
      fc.constantFrom('', ' # why'),
    )
    .map(([indent, key, value, comment]) => `${indent}${key} = ${value}${comment}`),
  fc.constantFrom('', '# a = 1', '# [t]', '   '),
  fc.constantFrom('[t]', '[t.u]', ' [t.p] # x', '[[list]]', '[x]', '["x y".z]'),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(
    ([lines, ending, isEnded]) =>
      lines.join('\n').replaceAll('\n', ending) + (isEnded ? ending : ''),
  );
const path = fc.array(fc.constantFrom('x', 'y', 'p', 'q', 't', 'u', 'k', 'm', 'x y', 'list'), {
  minLength: 1,
  maxLength: 4,
});
const value = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('a', 'b c', 'é'), fc.integer(), { maxKeys: 2 }),
);

/** Where two texts differ: what they begin and end with alike is left out. */
function difference(before: string, after: string): { gone: string; come: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return {
    gone: before.slice(start, before.length - end),
    come: after.slice(start, after.length - end),
  };
}

describe('any file and any key', () => {
  const isToml = (text: string): boolean => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const plain = (text: string): unknown => JSON.parse(JSON.stringify(parse(text)));
  const get = (node: unknown, keys: readonly string[]): unknown =>
    keys.reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
      node,
    );

  it('says exactly what was asked for, and every other byte is as it was', () => {
    let done = 0;
    fc.assert(
      fc.property(file.filter(isToml), path, value, (text, keys, wanted) => {
        let result: string;
        try {
          result = setInToml(text, { path: keys, value: wanted });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          expect((error as InvalidInputError).code).toBe('ERR_CONFIG_EDIT');
          return;
        }
        done += 1;
        const [before, after] = [plain(text), plain(result)];
        expect(get(after, keys)).toEqual(wanted);
        const { gone, come } = difference(text, result);
        // Where nothing stood nothing was taken away, and what came is a line or a part of an inline table.
        if (get(before, keys) === undefined) expect([gone, come.includes('=')]).toEqual(['', true]);
        // A comment is part of no value, but within a list of many lines.
        const comments = (all: string): number =>
          all.split('# why').length + all.split('# a = 1').length;
        if (typeof wanted !== 'string') expect(comments(result)).toBe(comments(text));
      }),
      { numRuns: 1500 },
    );
    expect(done).toBeGreaterThan(300);
  });

  it('replaces a value between what stands before and behind it', () => {
    fc.assert(
      fc.property(
        file,
        file,
        fc.constantFrom(...VALUES),
        value,
        (...[before, after, old, wanted]) => {
          const head = before === '' || before.endsWith('\n') ? before : `${before}\n`;
          const text = `${head}[own.table]\nkey = ${old} # mine\n${after}`;
          fc.pre(isToml(text));
          const result = setInToml(text, { path: ['own', 'table', 'key'], value: wanted });
          expect(result.startsWith(`${head}[own.table]\nkey = `)).toBe(true);
          expect(result.endsWith(` # mine\n${after}`)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
