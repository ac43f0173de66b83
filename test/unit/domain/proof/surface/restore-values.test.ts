import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  movesNames,
  restoreText,
} from '../../../../../src/activities/proof/trial/manifest-text.js';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Both restorations of a story's file, parsed where it is JSON. */
function restored(path: string, base: string, story: string): { strict: string; lenient: string } {
  return {
    strict: restoreText({ path, base, story }, 'strict'),
    lenient: restoreText({ path, base, story }, 'lenient'),
  };
}

const PACKAGE = {
  name: 'x',
  scripts: { test: 'node --test', lint: 'eslint .' },
  dependencies: { a: '1.0.0' },
};
const inPackage = (changes: Record<string, unknown>, base: Record<string, unknown> = PACKAGE) => {
  const both = restored('package.json', json(base), json({ ...base, ...changes }));
  return {
    strict: JSON.parse(both.strict) as unknown,
    lenient: JSON.parse(both.lenient) as unknown,
  };
};

describe('a package.json', () => {
  it('gets its emptied script back, and keeps new scripts and dependencies', () => {
    const changes = {
      scripts: { test: 'true', lint: 'eslint .', dev: 'vite' },
      dependencies: { a: '2.0.0', b: '1.0.0' },
    };
    const wanted = {
      ...PACKAGE,
      ...changes,
      scripts: { test: 'node --test', lint: 'eslint .', dev: 'vite' },
    };
    expect(inPackage(changes)).toEqual({ strict: wanted, lenient: wanted });
  });

  it.each(['pretest', 'posttest', 'postinstall', 'install', 'prepare', 'prelint', 'dependencies'])(
    'loses the new hook %s, which stays as configuration of its own',
    (hook) => {
      const scripts = { ...PACKAGE.scripts, [hook]: 'node build.js' };
      expect(inPackage({ scripts })).toEqual({ strict: PACKAGE, lenient: { ...PACKAGE, scripts } });
    },
  );

  it.each(['jest', 'mocha', 'c8', 'eslintConfig', 'overrides', 'workspaces', 'config'])(
    'loses the new key %s, which stays as configuration of its own',
    (key) => {
      const changes = { [key]: { reporter: 'dot' } };
      expect(inPackage(changes)).toEqual({ strict: PACKAGE, lenient: { ...PACKAGE, ...changes } });
    },
  );

  it('gets the values of a tool back one by one', () => {
    const base = {
      ...PACKAGE,
      jest: { testMatch: ['a'], coverageThreshold: { global: { lines: 90 } } },
    };
    const jest = {
      testMatch: ['a', 'b'],
      coverageThreshold: { global: { lines: 0 } },
      verbose: true,
    };
    const threshold = base.jest.coverageThreshold;
    expect(inPackage({ jest }, base)).toEqual({
      strict: base,
      lenient: { ...base, jest: { ...jest, coverageThreshold: threshold } },
    });
  });

  it('gets a removed key back', () => {
    const both = restored(
      'package.json',
      json(PACKAGE),
      json({ name: 'x', dependencies: PACKAGE.dependencies }),
    );
    expect(JSON.parse(both.strict)).toEqual(PACKAGE);
    expect(JSON.parse(both.lenient)).toEqual(PACKAGE);
  });

  it.each([
    'file:fake',
    'link:../fake',
    'git+ssh://host/fake',
    'https://host/fake.tgz',
    'npm:fake@1',
    '../fake',
  ])('gets the version back of a dependency that became %s', (source) => {
    const changes = { dependencies: { a: source, b: source } };
    const wanted = { ...PACKAGE, dependencies: { a: '1.0.0', b: source } };
    expect(inPackage(changes)).toEqual({ strict: wanted, lenient: wanted });
  });

  it.each([
    ['a new local dependency', { dependencies: { a: '1.0.0', b: 'file:b' } }, true],
    ['another main file', { main: 'other.js' }, true],
    ['an alias of imports', { imports: { '#x': './fake.js' } }, true],
    ['a new dependency', { dependencies: { a: '1.0.0', b: '1.0.0' } }, false],
    ['another version', { version: '2.0.0' }, false],
  ])('that brings %s: which files names find', (_, changes, isMoved) => {
    const pair = {
      path: 'package.json',
      base: json(PACKAGE),
      story: json({ ...PACKAGE, ...changes }),
    };
    expect(movesNames(pair)).toBe(isMoved);
    expect(restoreText(pair, 'strict')).toBe(pair.story);
  });
});

describe('other manifests and configuration', () => {
  const CARGO = '[package]\nname = "x"\nversion = "0.1.0"\n';
  it.each([
    ['[lib]\ntest = false\n'],
    ['[[test]]\nname = "add"\nharness = false\n'],
    ['[lints.rust]\nunused = "allow"\n'],
    ['[patch.crates-io]\nserde = { path = "fake" }\n'],
    ['[profile.test]\npanic = "abort"\n'],
  ])('Cargo.toml loses the new table %s', (table) => {
    expect(restored('Cargo.toml', CARGO, CARGO + table).strict.trim()).toBe(CARGO.trim());
    expect(restored('Cargo.toml', CARGO, CARGO + table).lenient).toBe(CARGO + table);
  });

  it.each([
    ['Cargo.toml', CARGO, `${CARGO}\n[dependencies]\nserde = "1"\n\n[features]\nfast = []\n`],
    ['Cargo.toml', CARGO, CARGO.replace('0.1.0', '0.2.0')],
    ['pyproject.toml', '[project]\nname = "x"\n', '[project]\nname = "x"\ndependencies = ["a"]\n'],
    [
      'pyproject.toml',
      '[project]\nname = "x"\n',
      '[project]\nname = "x"\n\n[tool.poetry.dependencies]\na = "1"\n',
    ],
    [
      'tsconfig.json',
      '{"compilerOptions":{"strict":true}}',
      '{"compilerOptions":{"strict":true,"lib":["es2022"],"target":"es2022"}}',
    ],
    ['go.mod', 'module x\n\ngo 1.22\n', 'module x\n\ngo 1.23\n\nrequire a v1.0.0\n'],
  ])('%s keeps what is the product’s: %s', (path, base, story) => {
    expect(restored(path, base, story)).toEqual({ strict: story, lenient: story });
  });

  it('Cargo.toml loses automatic tests that were turned off', () => {
    const story = `${CARGO}autotests = false\n`;
    expect(restored('Cargo.toml', CARGO, story).strict.trim()).toBe(CARGO.trim());
  });

  it('pyproject.toml gets its tables of tools back', () => {
    const base = '[project]\nname = "x"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n';
    const story = base.replace('"-q"', '"--collect-only"').replace('"x"', '"y"');
    const wanted = base.replace('"x"', '"y"');
    expect(restored('pyproject.toml', base, story)).toEqual({ strict: wanted, lenient: wanted });
  });

  it.each([
    ['a line', 'replace a => ./fake'],
    ['a block', 'replace (\n\ta => ./fake\n\tb => ./other\n)'],
    ['a toolchain', 'toolchain go1.1'],
  ])('go.mod loses %s that replaces code', (_, directive) => {
    const base = 'module x\n\ngo 1.22\n\nrequire (\n\ta v1.0.0\n)\n';
    expect(restored('go.mod', base, `${base}\n${directive}\n`)).toEqual({
      strict: base,
      lenient: base,
    });
  });

  it('go.mod gets a replacement back that was removed', () => {
    const base = 'module x\n\ngo 1.22\n\nreplace a => ./kept\n';
    expect(restored('go.mod', base, 'module x\n\ngo 1.22\n').strict).toContain(
      'replace a => ./kept',
    );
  });

  it('an INI file gets values back that go on in further lines', () => {
    const base = '[pytest]\naddopts =\n    -q\n    --strict\ntestpaths = tests\n';
    const story =
      '[pytest]\naddopts =\n    -q\n    -k nothing\ntestpaths = tests\nminversion = 9\n';
    const { strict, lenient } = restored('pytest.ini', base, story);
    expect(strict).not.toMatch(/nothing|minversion/);
    expect(strict).toMatch(/-q\n +--strict/);
    expect(lenient).not.toContain('nothing');
    expect(lenient).toContain('minversion = 9');
  });

  it('a file that one side cannot be read of is the base’s', () => {
    expect(restored('package.json', json(PACKAGE), '{').strict).toBe(json(PACKAGE));
    expect(restored('Cargo.toml', CARGO, '[').lenient).toBe(CARGO);
    expect(restored('package.json', '{', json(PACKAGE)).strict).toBe('{');
    expect(restored('any.txt', 'base', 'story').strict).toBe('base');
  });
});

describe('whatever the two sides are', () => {
  const KEYS = [
    'scripts',
    'jest',
    'name',
    'dependencies',
    'test',
    'pretest',
    'a',
    '__proto__',
    'constructor',
    'toString',
  ];
  const values = fc
    .letrec((tie) => ({
      value: fc.oneof(
        fc.string({ maxLength: 5 }),
        fc.nat(),
        fc.boolean(),
        fc.constant(null),
        fc.array(fc.nat(), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 4 }),
    }))
    .object.map((value) => JSON.stringify(value));

  const keysOf = (text: string): Set<string> => {
    const keys = new Set<string>();
    JSON.parse(text, (key, value: unknown) => {
      keys.add(key);
      return value;
    });
    return keys;
  };

  it('the base restored by itself is itself', () => {
    fc.assert(
      fc.property(values, (base) => {
        expect(restored('package.json', base, base)).toEqual({ strict: base, lenient: base });
      }),
    );
  });

  it('a restored text has nothing left to restore', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom('strict', 'lenient'), (base, story, mode) => {
        const once = restoreText({ path: 'package.json', base, story }, mode);
        expect(restoreText({ path: 'package.json', base, story: once }, mode)).toBe(once);
      }),
    );
  });

  it('no key is of neither side', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom('strict', 'lenient'), (base, story, mode) => {
        const both = new Set([...keysOf(base), ...keysOf(story)]);
        const found = [...keysOf(restoreText({ path: 'package.json', base, story }, mode))];
        expect(found.filter((key) => !both.has(key))).toEqual([]);
      }),
    );
  });

  it('a lenient restoration keeps every new key at the top', () => {
    fc.assert(
      fc.property(values, values, (base, story) => {
        const kept = JSON.parse(
          restoreText({ path: 'package.json', base, story }, 'lenient'),
        ) as object;
        expect(
          Object.keys(JSON.parse(story) as object).filter((key) => !Object.hasOwn(kept, key)),
        ).toEqual([]);
      }),
    );
  });

  it.each([
    ['deep JSON', 'package.json', '{"scripts":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['a deep list', 'package.json', `{"jest":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['deep TOML', 'pyproject.toml', `[${'a.'.repeat(20_000)}b]\nx = 1\n`],
    ['a deep TOML list', 'pyproject.toml', `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
    [
      'names of prototypes in JSON',
      'package.json',
      '{"__proto__":{"scripts":{"test":"true"}},"constructor":1}',
    ],
    [
      'names of prototypes in TOML',
      'pyproject.toml',
      '[__proto__]\na = 1\n[constructor.prototype]\nb = 1\n',
    ],
    [
      'names of prototypes in INI',
      'pytest.ini',
      '[__proto__]\na = 1\n[constructor]\ntoString = 1\n__proto__ = 1\n',
    ],
    ['no text', 'package.json', ''],
    ['binary', 'Cargo.toml', '\u0000\u0001\u{fffd}'],
    ['a list', 'package.json', '[1]'],
  ])('nothing is thrown: %s', (_, path, story) => {
    const base = path.endsWith('.json')
      ? json(PACKAGE)
      : path.endsWith('.ini')
        ? '[pytest]\na = 1\n'
        : '[tool.x]\na = 1\n';
    for (const mode of ['strict', 'lenient'] as const) {
      expect(typeof restoreText({ path, base, story }, mode)).toBe('string');
      expect(typeof restoreText({ path, base: story, story: base }, mode)).toBe('string');
    }
    expect(typeof movesNames({ path, base, story })).toBe('boolean');
    expect(Object.keys({})).toEqual([]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });
});
