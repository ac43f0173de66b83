import { afterEach, describe, expect, it } from 'vitest';
import { setHostEnvironment } from '../../../../src/platform/process/host-environment.js';
import { type CommitFiles } from '../../../../src/platform/git/repository.js';
import { detectChecks } from '../../../../src/runs/repository/detect-checks.js';
import { detectSetup } from '../../../../src/runs/repository/detect-setup.js';
import { projectFolder } from '../../../../src/runs/repository/project-folder.js';

const commit = (files: Readonly<Record<string, string>>): CommitFiles => ({
  paths: Object.keys(files),
  read: async (path) => files[path],
});
const commands = async (files: Readonly<Record<string, string>>, folder = '.') =>
  (await detectSetup(projectFolder(commit(files), folder))).steps.map((step) => step.command);
const checks = async (files: Readonly<Record<string, string>>, folder = '.') =>
  (await detectChecks(projectFolder(commit(files), folder))).map(
    ({ name, command }) => `${name}: ${command}`,
  );

afterEach(() => setHostEnvironment({}));

describe('detectSetup', () => {
  it.each(['["a"]', '{"dependencies":["a"]}', '{"dependencies":"a"}', 'null'])(
    'finds no dependency where package.json names none (%s)',
    async (manifest) => {
      const found = await detectSetup(projectFolder(commit({ 'package.json': manifest }), '.'));
      expect(found).toEqual({ steps: [], notes: [] });
    },
  );

  it.each([
    [{ 'package.json': '{}', 'package-lock.json': '' }, 'npm ci'],
    [{ 'package.json': '{}', 'npm-shrinkwrap.json': '' }, 'npm ci'],
    [{ 'package.json': '{}', 'pnpm-lock.yaml': '' }, 'pnpm install --frozen-lockfile'],
    [{ 'package.json': '{}', 'yarn.lock': '' }, 'yarn install --frozen-lockfile'],
    [{ 'package.json': '{}', 'yarn.lock': '', '.yarnrc.yml': '' }, 'yarn install --immutable'],
    [
      { 'package.json': '{"packageManager":"yarn@4.1.0"}', 'yarn.lock': '' },
      'yarn install --immutable',
    ],
    [{ 'package.json': '{}', 'bun.lockb': '' }, 'bun install --frozen-lockfile --backend=copyfile'],
    [
      {
        'package.json': '{"packageManager":"npm@10.0.0"}',
        'package-lock.json': '',
        'pnpm-lock.yaml': '',
      },
      'npm ci',
    ],
    [{ 'pyproject.toml': '', 'uv.lock': '' }, 'uv sync --frozen'],
    [{ 'pyproject.toml': '', 'poetry.lock': '' }, 'poetry install --no-interaction'],
    [
      {
        'requirements.txt': '',
        'requirements-dev.txt': '',
        'docs-requirements.txt': '',
        'requirements/test.txt': '',
      },
      'python3 -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements-dev.txt -r requirements.txt -r requirements/test.txt',
    ],
    [
      {
        'pyproject.toml':
          '[project]\nname="x"\n[project.optional-dependencies]\ndev=["a"]\ndocs=["b"]\n',
      },
      "python3 -m venv .venv && .venv/bin/python -m pip install --quiet -e '.[dev]'",
    ],
    [
      { 'pyproject.toml': '[project]\nname="x"\n[dependency-groups]\ndev=["pytest>=8"]\n' },
      "python3 -m venv .venv && .venv/bin/python -m pip install --quiet -e . 'pytest>=8'",
    ],
    [{ 'setup.py': '' }, 'python3 -m venv .venv && .venv/bin/python -m pip install --quiet -e .'],
    [{ 'Cargo.toml': '', 'Cargo.lock': '' }, 'cargo fetch --locked'],
  ])('of %j is %s', async (files, command) => {
    expect(await commands(files)).toEqual([command]);
  });

  it('of Go downloads the modules and compiles them', async () => {
    expect((await commands({ 'go.mod': '', 'go.sum': '' }))[0]).toBe('go mod download');
  });

  it.each([
    [{ 'README.md': '' }],
    [{ 'package.json': '{"name":"x"}' }],
    [{ 'pyproject.toml': '[tool.ruff]\n' }],
    [{ 'go.mod': '' }],
    [{ 'other/package-lock.json': '', 'other/package.json': '{}' }],
    [{ 'package.json': '{', 'package-lock.json': '' }],
  ])('of %j is nothing', async (files) => {
    expect(await commands(files)).toEqual([]);
  });

  it('says what it cannot do without the user’s word', async () => {
    const files = commit({ 'app/package.json': '{"dependencies":{"a":"1"}}' });
    expect(await detectSetup(projectFolder(files, 'app'))).toEqual({
      steps: [],
      notes: [
        'app/package.json has dependencies and no lock file; commit one, or name a command: --setup "npm install"',
      ],
    });
  });

  it('has a step for each language, with folder and lock files relative to the repository', async () => {
    const files = commit({
      'app/package.json': '{}',
      'app/package-lock.json': '',
      'app/Cargo.lock': '',
    });
    expect((await detectSetup(projectFolder(files, 'app'))).steps).toEqual([
      {
        name: 'npm ci',
        command: 'npm ci',
        folder: 'app',
        lockFiles: ['app/package-lock.json', 'app/package.json'],
      },
      {
        name: 'cargo fetch --locked',
        command: 'cargo fetch --locked',
        folder: 'app',
        lockFiles: ['app/Cargo.lock'],
      },
    ]);
  });
});

describe('detectChecks', () => {
  it.each([
    [
      {
        'package.json':
          '{"scripts":{"build":"b","test":"vitest","lint":"l","type-check":"tsc","dev":"d"}}',
        'pnpm-lock.yaml': '',
      },
      [
        'typecheck: pnpm run type-check',
        'lint: pnpm run lint',
        'test: pnpm test',
        'build: pnpm run build',
      ],
    ],
    [{ 'package.json': '{"scripts":{"test":"bun test"}}', 'bun.lock': '' }, ['test: bun run test']],
    [
      { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
      [],
    ],
    [
      {
        'pyproject.toml':
          '[project]\nname="x"\n[tool.ruff]\n[tool.mypy]\n[tool.pytest.ini_options]\n',
        'requirements-dev.txt': 'ruff==1\nmypy\npytest>=8\n',
      },
      ['typecheck: mypy .', 'lint: ruff check .', 'test: python3 -m pytest'],
    ],
    [{ 'pyproject.toml': '[project]\nname="x"\n[tool.pytest.ini_options]\n' }, []],
    [{ 'tests/test_a.py': '' }, ['test: python3 -m unittest discover']],
    [{ 'Cargo.toml': '' }, ['typecheck: cargo check --all-targets', 'test: cargo test']],
    [{ 'go.mod': '' }, ['lint: go vet ./...', 'test: go test ./...']],
    [{ 'README.md': '' }, []],
  ])('of %j are %j', async (files, expected) => {
    setHostEnvironment({ PATH: '/nowhere' });
    expect(await checks(files)).toEqual(expected);
  });

  it('takes targets of a Makefile for what the language does not give', async () => {
    const files = { Makefile: 'lint: x\n\ttrue\ntest:\n\ttrue\ncheck: lint test\ntest := 1\n' };
    expect(await checks(files)).toEqual(['lint: make lint', 'test: make test']);
    expect(await checks({ ...files, 'go.mod': '' })).toEqual([
      'lint: go vet ./...',
      'test: go test ./...',
    ]);
    expect(await checks({ Makefile: 'check:\n\ttrue\n' })).toEqual(['check: make check']);
  });

  it('takes recipes of a justfile only where just is installed', async () => {
    setHostEnvironment({ PATH: '/nowhere' });
    expect(await checks({ justfile: 'test:\n  true\n' })).toEqual([]);
  });
});
