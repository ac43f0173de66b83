// Records what real tools print when there is nothing to check yet, for test/unit/domain/absent. Tools that are not on PATH keep
// what was recorded before: node scripts/record-absent-checks.mjs [TOOL…]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../test/fixtures/absent-checks');

const manifest = (scripts = {}) => JSON.stringify({ name: 'demo', version: '1.0.0', scripts });
const liar = manifest({ test: 'echo \'Missing script: "test"\'; exit 1' });

/** By tool: its version, and cases of files and a command. `isAbsent` false = the check is there, and red. */
const TOOLS = {
  npm: node('npm', 'npm run typecheck'),
  pnpm: node('pnpm', 'pnpm run typecheck'),
  yarn: node('yarn', 'yarn run typecheck'),
  bun: [
    ...node('bun', 'bun run typecheck'),
    ['no test files', { 'package.json': manifest() }, 'bun test', true],
  ],
  deno: [
    ['no file of tasks', {}, 'deno task test', true],
    ['no such task', { 'deno.json': '{"tasks":{}}' }, 'deno task test', true],
    ['no tests', { 'deno.json': '{}' }, 'deno test', true],
    ['nothing to lint', {}, 'deno lint', true],
    ['a red task', { 'deno.json': '{"tasks":{"test":"exit 1"}}' }, 'deno task test', false],
  ],
  make: [
    ['no makefile', {}, 'make test', true],
    ['no makefile and no target', {}, 'make', true],
    ['no such target', { Makefile: 'build:\n\ttrue\n' }, 'make test', true],
    ['no target at all', { Makefile: 'A = b\n' }, 'make', true],
    ['no such target in a folder', { 'x/Makefile': 'build:\n\ttrue\n' }, 'make -C x test', true],
    [
      'a target that prints the words',
      { Makefile: 'test:\n\t@echo "make: *** No rule to make target \'test\'.  Stop."; exit 2\n' },
      'make test',
      false,
    ],
    ['a missing prerequisite', { Makefile: 'test: gone\n\ttrue\n' }, 'make test', false],
    ['a missing tool', { Makefile: 'test:\n\tno-such-tool\n' }, 'make test', false],
  ],
  just: [
    ['no justfile', {}, 'just test', true],
    ['no such recipe', { justfile: 'build:\n  true\n' }, 'just test', true],
    ['a red recipe', { justfile: 'test:\n  @exit 1\n' }, 'just test', false],
  ],
  cargo: [
    ['no manifest', {}, 'cargo test', true],
    ['no manifest, clippy', {}, 'cargo check', true],
    [
      'a manifest without targets',
      { 'Cargo.toml': '[package]\nname="a"\nversion="0.1.0"\n' },
      'cargo check --offline',
      false,
    ],
  ],
  go: [
    ['no module', {}, 'go test ./...', true],
    ['no module, vet', {}, 'go vet ./...', true],
    ['no packages', { 'go.mod': 'module a\n\ngo 1.20\n' }, 'go test ./...', true],
    ['no packages, vet', { 'go.mod': 'module a\n\ngo 1.20\n' }, 'go vet ./...', true],
    [
      'a package that does not compile',
      { 'go.mod': 'module a\n\ngo 1.20\n', 'a.go': 'package a\nvar x int = ""\n' },
      'go vet ./...',
      false,
    ],
  ],
  pytest: [
    ['no tests', {}, 'pytest', true],
    ['no tests, quiet', {}, 'pytest -q', true],
    ['no such folder', {}, 'pytest tests', true],
    [
      'a red test',
      { 'test_a.py': 'def test_a():\n    print("no tests ran in 0.01s")\n    assert False\n' },
      'pytest -q',
      false,
    ],
  ],
  uv: [
    ['no project', {}, 'uv run --offline pytest-of-nobody', true],
    ['no project to lock', {}, 'uv lock --check --offline', true],
  ],
  poetry: [
    ['no project', {}, 'poetry run pytest', true],
    ['no project to check', {}, 'poetry check', true],
  ],
  tsc: [
    ['no project', {}, 'tsc --noEmit', true],
    ['no such project file', {}, 'tsc -p tsconfig.build.json', true],
    ['no such project folder', {}, 'tsc -p packages/a', true],
    ['a project without sources', { 'tsconfig.json': '{}' }, 'tsc --noEmit', true],
    [
      'a red project',
      { 'tsconfig.json': '{}', 'a.ts': 'const a: string = 1;\n' },
      'tsc --noEmit',
      false,
    ],
  ],
  eslint: [
    ['no configuration', {}, 'eslint .', true],
    ['no such file', { 'eslint.config.js': 'module.exports = [];\n' }, 'eslint src', true],
    [
      'a finding',
      {
        'eslint.config.js': 'module.exports = [{ rules: { "no-undef": 2 } }];\n',
        'a.js': 'b();\n',
      },
      'eslint .',
      false,
    ],
  ],
  ruff: [
    ['no files', {}, 'ruff check .', true],
    ['no files to format', {}, 'ruff format --check .', true],
    ['no such folder', {}, 'ruff check src', true],
    ['a finding', { 'a.py': 'import os\n' }, 'ruff check .', false],
  ],
  mypy: [
    ['no files', {}, 'mypy .', true],
    ['no targets', {}, 'mypy', true],
    ['no such folder', {}, 'mypy src', true],
    ['a finding', { 'a.py': 'x: int = ""\n' }, 'mypy .', false],
  ],
  mvn: [
    ['no project', {}, 'mvn -o -q test', true],
    ['no project, in full', {}, 'mvn -o test', true],
  ],
  composer: [
    ['no manifest', {}, 'composer test', true],
    ['no manifest, run', {}, 'composer run-script test', true],
    [
      'no such script',
      { 'composer.json': '{"scripts":{"build":"true"}}' },
      'composer run-script test',
      true,
    ],
    ['no such command', { 'composer.json': '{"scripts":{"build":"true"}}' }, 'composer test', true],
    ['a red script', { 'composer.json': '{"scripts":{"test":"exit 1"}}' }, 'composer test', false],
  ],
  rake: [
    ['no rakefile', {}, 'rake test', true],
    ['no such task', { Rakefile: 'task :build\n' }, 'rake test', true],
    ['a red task', { Rakefile: 'task(:test) { exit 1 }\n' }, 'rake test', false],
  ],
};
TOOLS.gradle = [
  ['no build', {}, 'gradle -q --offline test', true],
  ['no build, in full', {}, 'gradle --offline test', true],
];
TOOLS.npm.push([
  'no such script in a workspace',
  {
    'package.json': JSON.stringify({ name: 'all', workspaces: ['a', 'b'] }),
    'a/package.json': JSON.stringify({ name: 'a', version: '1.0.0' }),
    'b/package.json': JSON.stringify({ name: 'b', version: '1.0.0', scripts: { test: 'true' } }),
  },
  'npm test -w a',
  true,
]);
TOOLS.eslint.push(['no configuration for what is there', { 'a.js': 'b();\n' }, 'eslint .', true]);
TOOLS.go.push(
  ['no module, bare', {}, 'go build', true],
  [
    'no test files',
    { 'go.mod': 'module a\n\ngo 1.20\n', 'a.go': 'package a\n' },
    'go test ./...',
    false,
  ],
);
TOOLS.unittest = [
  ['no tests', {}, 'python3 -m unittest discover', true],
  [
    'a red test',
    {
      'test_a.py':
        'import unittest\nclass A(unittest.TestCase):\n  def test_a(self):\n    self.fail()\n',
    },
    'python3 -m unittest discover',
    false,
  ],
];
TOOLS.pytest.push(
  ['no tests, but settings', { 'pytest.ini': '[pytest]\n' }, 'pytest', true],
  [
    'a test with another name',
    {
      'pytest.ini': '[pytest]\npython_files = check_*.py\n',
      'check_a.py': 'def test_a():\n    assert False\n',
    },
    'pytest',
    false,
  ],
  [
    'all tests deselected',
    { 'test_a.py': 'def test_a():\n    assert False\n' },
    'pytest -k nothing',
    false,
  ],
);
TOOLS.rake.push([
  'a task of a file that it loads',
  { Rakefile: 'load "more.rb"\n', 'more.rb': 'task(:test) { exit 1 }\n' },
  'rake test',
  false,
]);
TOOLS.make.push([
  'no such target, but an included file',
  { Makefile: 'include more.mk\n', 'more.mk': 'build:\n\ttrue\n' },
  'make test',
  true,
]);
TOOLS.just.push([
  'no such recipe, but an imported file',
  { justfile: "import 'more.just'\n", 'more.just': 'build:\n  true\n' },
  'just test',
  true,
]);
TOOLS.tsc.push([
  'a project without TypeScript',
  { 'tsconfig.json': '{"include":["src"]}', 'a.js': '' },
  'tsc --noEmit',
  true,
]);
const VERSIONS = { go: 'go version', unittest: 'python3 --version' };

function node(tool, run) {
  return [
    ['no manifest', {}, `${tool} test`, true],
    ['no such script', { 'package.json': manifest({ build: 'true' }) }, run, true],
    [
      'no script named test',
      { 'package.json': manifest({ build: 'true' }) },
      `${tool} run test`,
      true,
    ],
    ['a script that prints the words', { 'package.json': liar }, `${tool} run test`, false],
    [
      'a script whose tool is missing',
      { 'package.json': manifest({ test: 'vitest run' }) },
      `${tool} run test`,
      false,
    ],
  ];
}

function runIn(place, command) {
  const result = spawnSync('bash', ['-c', `${command} 2>&1`], {
    cwd: place,
    encoding: 'utf8',
    timeout: 120_000,
    env: {
      ...process.env,
      CI: 'true',
      HOME: join(place, '..', 'home'),
      RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), '.rustup'),
      CARGO_HOME: process.env.CARGO_HOME ?? join(homedir(), '.cargo'),
      NO_UPDATE_NOTIFIER: '1',
      COMPOSER_ALLOW_SUPERUSER: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  return { exitCode: result.status, output: stripVTControlCharacters(result.stdout) };
}

function record(tool, cases) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'absent-')));
  try {
    const version = runIn(mkdirs(join(base, 'version')), VERSIONS[tool] ?? `${tool} --version`);
    if (version.exitCode !== 0) return undefined;
    const recorded = cases.map(([name, files, command, isAbsent], index) => {
      const place = mkdirs(join(base, `case-${index}`));
      for (const [path, text] of Object.entries(files)) {
        mkdirs(dirname(join(place, path)));
        writeFileSync(join(place, path), text);
      }
      // berry runs scripts of installed projects only
      if (tool === 'yarn' && version.output.trim() >= '2' && 'package.json' in files)
        runIn(place, 'YARN_ENABLE_IMMUTABLE_INSTALLS=false yarn install');
      const { exitCode, output } = runIn(place, command);
      const plain = output.replaceAll(place, '/project').replaceAll(base, '/tmp');
      return { name, files, command, isAbsent, exitCode, output: plain };
    });
    return { tool, version: version.output.trim().split('\n')[0], cases: recorded };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function mkdirs(path) {
  mkdirSync(path, { recursive: true });
  return path;
}

const wanted = process.argv.slice(2);
for (const [tool, cases] of Object.entries(TOOLS)) {
  if (wanted.length > 0 && !wanted.includes(tool)) continue;
  const answer = record(tool, cases);
  const file = join(folder, `${fileName(tool, answer)}.json`);
  if (answer === undefined) {
    const before = existing(file);
    console.log(
      `${tool}: not installed here, ${before === undefined ? 'nothing recorded' : 'kept'}`,
    );
    continue;
  }
  mkdirs(folder);
  writeFileSync(file, `${JSON.stringify(answer, null, 2)}\n`);
  console.log(`${tool}: ${answer.cases.length} cases of ${answer.version}`);
}

/** The two yarns say different things. */
function fileName(tool, answer) {
  if (tool !== 'yarn') return tool;
  return answer?.version.startsWith('1.') ? 'yarn-classic' : 'yarn-berry';
}

function existing(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
