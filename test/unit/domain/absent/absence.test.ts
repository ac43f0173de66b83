import { describe, expect, it } from 'vitest';
import { checkWord, saysAbsent } from '../../../../src/domain/absent/absence.js';
import { filesTree } from './files-tree.js';

const pkg = (scripts: Readonly<Record<string, string>>, more: object = {}): string =>
  JSON.stringify({ name: 'demo', scripts, ...more });
const TEST = { 'package.json': pkg({ test: 'vitest run' }) };
const LINT = { 'package.json': pkg({ lint: 'eslint .' }) };
const placeholder = 'echo "Error: no test specified" && exit 1';

type Row = readonly [command: string, files: Readonly<Record<string, string>>, why: string | null];

async function whyAbsent(command: string, files: Row[1], workdir = '.'): Promise<string | null> {
  const word = await checkWord(command, filesTree(files), workdir);
  return word.is === 'absent' ? word.why : null;
}

/** Rows of command, files, and why it is absent; null = it exists, and has to pass. */
function table(rows: readonly Row[]): void {
  it.each(rows)('%s with %j: %s', async (command, files, why) => {
    expect(await whyAbsent(command, files)).toBe(why);
  });
}

describe('one command', () => {
  table([
    ['npm test', {}, 'there is no package.json'],
    ['npm test', LINT, 'package.json has no script "test"'],
    ['npm test', TEST, null],
    ['npm t', LINT, 'package.json has no script "test"'],
    ['npm run test -- --coverage="$X"', LINT, 'package.json has no script "test"'],
    ['npm run constructor', TEST, 'package.json has no script "constructor"'],
    [
      'npm test',
      { 'package.json': pkg({ test: placeholder }) },
      'package.json has no script "test"',
    ],
    ['npm test --if-present', LINT, 'package.json has no script "test"'],
    ['npm test', { 'package.json': '{ broken' }, null],
    [
      'npm --prefix web test',
      { 'web/package.json': pkg({}) },
      'web/package.json has no script "test"',
    ],
    ['npm start', { 'package.json': pkg({}), 'server.js': '' }, null],
    ['npm ci', {}, 'there is no package.json'],
    ['npm ci', LINT, null],
    ['npm test -ws', { ...LINT, 'a/package.json': pkg({}) }, 'no package.json has a script "test"'],
    [
      'npm test -w a',
      { ...LINT, 'a/package.json': pkg({}) },
      'no package.json has a script "test"',
    ],
    ['npm test --silent -w a', { ...LINT, 'a/package.json': pkg({ test: '' }) }, null],
    ['pnpm vitest', { 'package.json': pkg({}, { devDependencies: { vitest: '1' } }) }, null],
    ['pnpm vitest', LINT, 'package.json has no script "vitest"'],
    ['npx vitest run', {}, 'there is no package.json'],
    ['npx vitest run', LINT, 'package.json does not name vitest'],
    ['npx vitest run', { 'package.json': pkg({}, { devDependencies: { vitest: '1' } }) }, null],
    ['npx --no-install tsc --noEmit', LINT, 'there is no tsconfig.json'],
    ['./node_modules/.bin/vitest', {}, 'there is no package.json'],
    ['./node_modules/.bin/vitest', LINT, null],
    [
      'make test',
      { Makefile: '.PHONY: test\nbuild:\n\ttrue\n', 'test/a.js': '' },
      'Makefile has no target test',
    ],
    ['make test', { Makefile: 'test:: a\n' }, null],
    ['make test', { Makefile: 'test := a\nX = test: b\n' }, 'Makefile has no target test'],
    ['make -j 4 lint test', { Makefile: 'a b \\\n  test: c\n' }, null],
    ['make', { Makefile: 'all:\n' }, null],
    ['go test ./...', { 'go.mod': 'module a', 'a.go': 'package a' }, null],
    ['go test ./pkg/...', { 'go.mod': 'module a', 'a.go': 'package a' }, 'there is no ./pkg'],
    ['cargo clippy -- -D warnings', {}, 'there is no Cargo.toml'],
    ['cargo test', { 'Cargo.toml': '' }, null],
    ['pytest', { 'src/a.py': '' }, 'there is no test file'],
    ['pytest tests/test_a.py::test_b', { 'test_c.py': '' }, 'there is no tests/test_a.py'],
    ['pytest -k nothing', { 'tests/test_a.py': '' }, null],
    ['python3 -m pytest -q', { 'a_test.py': '' }, null],
    ['python -m mypy src', { 'a.py': '' }, 'there is no src'],
    ['uv run pytest', {}, 'there is no test file'],
    ['uv run pytest', { 'test_a.py': '' }, null],
    ['poetry run pytest', { 'test_a.py': '' }, 'there is no pyproject.toml'],
    ['ruff check .', { 'README.md': '' }, 'there is no Python file'],
    ['mypy .', { 'a.pyi': '' }, null],
    ['tsc --noEmit', { 'a.ts': '' }, 'there is no tsconfig.json'],
    [
      'tsc -p tsconfig.build.json',
      { 'tsconfig.json': '{}' },
      'there is no tsconfig.build.json to check',
    ],
    ['eslint .', { 'a.js': '' }, 'there is no eslint.config.js'],
    ['eslint .', { 'a.js': '', 'package.json': pkg({}, { eslintConfig: {} }) }, null],
    ['./gradlew test', {}, 'there is no build.gradle'],
    ['gradle test', { 'settings.gradle.kts': '' }, null],
    ['mvn -q verify', {}, 'there is no pom.xml'],
    ['dotnet test', { 'src/a.csproj': '' }, 'there is no project or solution file'],
    ['dotnet test src', { 'src/a.csproj': '' }, null],
    [
      'composer test',
      { 'composer.json': '{"scripts":{"lint":"x"}}' },
      'composer.json has no script "test"',
    ],
    ['bundle exec rake test', { Rakefile: 'task :test' }, 'there is no Gemfile'],
    ['rake test', { Rakefile: 'Rake::TestTask.new do |t|\nend\n' }, null],
    ['rake spec', { Rakefile: 'RSpec::Core::RakeTask.new(:spec)\n' }, null],
    ['just test', { '.justfile': 'test arg="x":\n  true\n' }, null],
    ['just test', { justfile: 'test := "x"\n' }, 'justfile has no recipe test'],
    ['deno task test', { 'deno.json': '{"tasks":{"lint":"x"}}' }, 'deno.json has no task "test"'],
    ['bun test', { 'a.test.ts': '' }, null],
    ['yarn workspaces foreach -A run test', LINT, 'no package.json has a script "test"'],
    ['bash scripts/check.sh', {}, 'there is no scripts/check.sh'],
    ['./check', { check: '' }, null],
    ['node --test', { 'src/a.js': '' }, 'there is no test file'],
    ['node --test', { 'src/a.test.mjs': '' }, null],
    ["node --test 'test/**/*.test.js'", { 'test/b/a.test.js': '' }, null],
    ["node --test 'test/**/*.test.js'", { 'src/a.js': '' }, 'there is no test/**/*.test.js'],
    ['node dist/test.js', {}, null],
    ['/opt/check', {}, null],
    ['true', {}, null],
  ]);
});

describe('several commands are one check', () => {
  const web = { 'web/package.json': pkg({}) };
  table([
    ['cd web && npm test', {}, 'there is no folder web'],
    ['cd web && npm test', web, 'web/package.json has no script "test"'],
    ['cd web && npm test', { 'web/package.json': pkg({ test: 'x' }) }, null],
    [
      '(cd web && npm test); make check',
      { ...web, ...TEST },
      'web/package.json has no script "test"',
    ],
    ['cd "$DIR" && npm test', {}, null],
    ['cd /opt && npm test', {}, null],
    ['cd .. && npm test', {}, null],
    ['npm run lint && npm test', LINT, null],
    ['npm run lint; npm test', {}, 'there is no package.json'],
    ['npm test || true', LINT, 'package.json has no script "test"'],
    ['npm ci && npm test', {}, 'there is no package.json'],
    ['npm ci && npm test', LINT, 'package.json has no script "test"'],
    ['npm ci && npm test', TEST, null],
    ['CI=1 NODE_ENV=test npm test', {}, 'there is no package.json'],
    ['env CI=1 timeout -k 5 60 npm test 2>&1 | tee log', {}, 'there is no package.json'],
    ['npm test > /dev/null 2>&1', LINT, 'package.json has no script "test"'],
    ['bash -c "cd web && npm test"', web, 'web/package.json has no script "test"'],
    ['if [ -f package.json ]; then npm test; fi', {}, null],
    ['npm test $(cat args)', {}, null],
    ['npm run "$NAME"', {}, null],
    ['npm test; echo done', {}, 'there is no package.json'],
    ['test -f package.json && npm test', {}, 'there is no package.json'],
    ['test -f feature.txt', {}, null],
    ['npm test && git diff --exit-code', {}, null],
    [
      'python -m venv .venv && . .venv/bin/activate && pip install pytest && pytest',
      {},
      'there is no test file',
    ],
    ['cat <<EOF\nx\nEOF', {}, null],
    ["npm 'test", {}, null],
    ['! npm test', {}, null],
  ]);
});

describe('in a folder of the repository', () => {
  it.each([
    ['npm test', { 'package.json': pkg({ test: 'x' }) }, null],
    [
      'pnpm test',
      { 'package.json': pkg({ test: 'x' }), 'pkg/a/README': '' },
      'there is no package.json',
    ],
    ['make test', { Makefile: 'test:\n', 'pkg/a/README': '' }, 'there is no Makefile'],
    ['pytest', { 'test_a.py': '', 'pkg/a/README': '' }, 'there is no test file'],
  ])('%s with %j: %s', async (command, files, why) => {
    const tree = { 'pkg/a/README': '', ...files };
    expect(await whyAbsent(command, tree, 'pkg/a')).toBe(why);
  });
});

describe('in a folder that git does not keep yet', () => {
  it.each([
    ['npm test', 'there is no package.json'],
    ['git --version', null],
    ['cd sub && npm test', 'there is no folder new/sub'],
  ])('%s: %s', async (command, why) => {
    expect(await whyAbsent(command, { 'README.md': '' }, 'new')).toBe(why);
  });
});

describe('where only a run can tell', () => {
  const run = async (
    command: string,
    files: Row[1],
    result: { readonly exitCode: number | null; readonly output: string },
  ): Promise<string | undefined> => {
    const word = await checkWord(command, filesTree(files), '.');
    if (word.is !== 'unknown') throw new Error(`the files say ${word.is}`);
    return saysAbsent(word.said, result);
  };
  const included = { Makefile: 'include more.mk\n' };
  const noRule = "make: *** No rule to make target 'test'.  Stop.";

  it('takes the whole output of the tool for its word', async () => {
    expect(await run('make test', included, { exitCode: 2, output: `${noRule}\n` })).toBe(
      `make says: ${noRule}`,
    );
  });

  it.each([
    ['another exit code', { exitCode: 1, output: noRule }],
    ['no exit code', { exitCode: null, output: noRule }],
    ['success', { exitCode: 0, output: noRule }],
    [
      'a recipe that prints the words',
      { exitCode: 2, output: `${noRule}\nmake: *** [x:2: test] Error 2` },
    ],
    [
      'a missing prerequisite',
      { exitCode: 2, output: "make: *** No rule to make target 'a', needed by 'test'.  Stop." },
    ],
    ['more than a tool says of nothing', { exitCode: 2, output: `${noRule}\n`.repeat(2000) }],
  ])('does not take %s for it', async (_name, result) => {
    expect(await run('make test', included, result)).toBeUndefined();
  });

  it('knows what bash says of a program that is nowhere, and nobody else', async () => {
    const output = 'bash: line 1: phpstan: command not found\n';
    expect(await run('phpstan analyse', {}, { exitCode: 127, output })).toBe(
      'bash says: bash: line 1: phpstan: command not found',
    );
    expect(await run('phpstan analyse', {}, { exitCode: 1, output })).toBeUndefined();
    const other = 'bash: line 1: php: command not found\n';
    expect(await run('phpstan analyse', {}, { exitCode: 127, output: other })).toBeUndefined();
  });

  it('asks no output of several commands', async () => {
    expect(await whyAbsent('make test && make lint', included)).toBeNull();
  });

  it('takes a program that package.json names for there, so that a missing one is red', async () => {
    const files = { 'package.json': pkg({}, { devDependencies: { vitest: '1' } }) };
    expect(await checkWord('vitest run', filesTree(files), '.')).toEqual({ is: 'exists' });
  });
});

describe('hostile input', () => {
  it.each([
    ['quotes', `npm test ${"'a' ".repeat(2000)}`],
    ['open quotes', `npm test ${'"'.repeat(4001)}`],
    ['brackets', `${'('.repeat(4000)}npm test`],
    ['nested shells', `${'bash -c "'.repeat(50)}npm test`],
    ['operators', 'npm test'.padEnd(8000, ';')],
    ['a long line', 'npm test '.repeat(5000)],
  ])('ends soon with %s', async (_name, command) => {
    const before = performance.now();
    expect(await checkWord(command, filesTree({}), '.')).toHaveProperty('is');
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('reads large recipe files in linear time', async () => {
    const before = performance.now();
    for (const text of [
      'a '.repeat(300_000),
      'a:'.repeat(300_000),
      '\\\n'.repeat(300_000),
      ' '.repeat(600_000),
    ])
      for (const [command, file] of [
        ['make test', 'Makefile'],
        ['just test', 'justfile'],
        ['rake test', 'Rakefile'],
      ] as const)
        await checkWord(command, filesTree({ [file]: text }), '.');
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('compares outputs of any kind in linear time', () => {
    const outputs = ['\n', ' ', 'npm error x\n', '[INFO] a\n', 'a\n ', '=', 'E902 '].map((part) =>
      part.repeat(16_000 / part.length),
    );
    const before = performance.now();
    return import('../../../../src/domain/absent/absence.js').then(({ ABSENT_KINDS }) => {
      for (const kind of ABSENT_KINDS)
        for (const output of outputs)
          for (const exitCode of kind.said.exitCodes)
            saysAbsent([{ tool: kind.tool, ...kind.said }], { exitCode, output: `x${output}x` });
      expect(performance.now() - before).toBeLessThan(10_000);
    });
  });
});

describe('a word behind an option that nobody here knows', () => {
  const python = {
    'tests/test_a.py': 'def test_a(): pass\n',
    'pyproject.toml': '[tool.mypy]\nfiles = "a.py"\n',
    'a.py': '',
  };
  const node = { 'package.json': pkg({ test: 'node test.js' }), 'test.js': '', 'ci.sh': 'true\n' };
  const angular = { 'package.json': pkg({}, { devDependencies: { '@angular/cli': '1' } }) };

  it.each<[string, Readonly<Record<string, string>>]>([
    ['pytest --cov=src --cov-report term-missing', python],
    ['pytest -q --reruns 2', python],
    ['mypy --enable-error-code redundant-expr', python],
    ['ruff check --extend-ignore E501', python],
    ['bash -euo pipefail ci.sh', node],
    ['node --experimental-loader ts-node/esm test.js', node],
    ['node --test --test-timeout 30000 test.js', node],
    ['pnpm --reporter append-only test', node],
    ['just --set key value test', { justfile: 'test:\n  true\n' }],
    ['tsc --noEmit --types node', { 'tsconfig.json': '{}', 'a.ts': '' }],
    ['npx ng test', angular],
    ['yarn ng test', angular],
  ])('makes no check absent: %s', async (command, files) => {
    expect(await whyAbsent(command, files)).toBeNull();
  });

  it.each(['pytest -q --reruns 2', 'npm run -s test', 'make -s test', 'pytest -q tests'])(
    'hides no absence in an empty folder: %s',
    async (command) => {
      expect(await whyAbsent(command, {})).not.toBeNull();
    },
  );
});
