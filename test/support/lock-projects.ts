import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { lockCommands } from '../../src/domain/lock-files.js';
import { findExecutable } from '../../src/platform/process/find-executable.js';

/** What the manifest of a project asks for beside what it always has. */
export interface Wish {
  /** It may take a newer one of what is locked. */
  readonly isWider?: boolean;
  /** Two more packages, which stand so far from each other that git merges them by itself. */
  readonly first?: boolean;
  readonly second?: boolean;
}

/** A small project of a package manager. */
export interface LockedProject {
  readonly tool: string;
  readonly lock: string;
  readonly files: (wish: Wish) => Readonly<Record<string, string>>;
  /** What the lock says of the package that is always there. */
  readonly before: string;
  /** The tool locks wishes, not packages: one in other words is a new one. Absent = what is locked stays as long as it does. */
  readonly locksWishes?: true;
  /** What it says of the two others. */
  readonly added: readonly [first: string, second: string];
  /** Ends with 0 when the tool takes lock and manifest as they are, and finds them whole. */
  readonly check: string;
}

/** Lines between two wishes: neighbours would be a conflict of the manifest itself. */
const apart = (comment: string): string =>
  Array.from({ length: 8 }, (_, line) => `${comment} ${line}\n`).join('');

function packageJson({ isWider, first, second }: Wish): Record<string, string> {
  const scripts = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, 'true']));
  const manifest = {
    name: 'a',
    version: '1.0.0',
    dependencies: {
      ms: isWider === true ? '^2.0.0' : '2.0.0',
      ...(first === true ? { once: '1.4.0' } : {}),
    },
    scripts,
    devDependencies: { 'is-number': '7.0.0', ...(second === true ? { inherits: '2.0.4' } : {}) },
  };
  return { 'package.json': `${JSON.stringify(manifest, null, 2)}\n` };
}

function pyproject({ isWider, first, second }: Wish): Record<string, string> {
  const wanted = [
    first === true ? '"six",\n' : '',
    apart('#'),
    isWider === true ? '"idna",\n' : '"idna==3.6",\n',
    apart('#'),
    second === true ? '"iniconfig",\n' : '',
  ].join('');
  return {
    'pyproject.toml': `[project]\nname = "a"\nversion = "1.0.0"\nrequires-python = ">=3.9"\ndependencies = [\n${wanted}]\n`,
  };
}

/** Poetry asks an interface of its own first, which mirrors of the index lack. */
const INDEX =
  '\n[[tool.poetry.source]]\nname = "index"\nurl = "https://pypi.org/simple/"\npriority = "primary"\n';

function cargo({ isWider, first, second }: Wish): Record<string, string> {
  const wanted = [
    first === true ? 'ryu = "1"\n' : '',
    apart('#'),
    isWider === true ? 'itoa = "1"\n' : 'itoa = "=1.0.9"\n',
    apart('#'),
    second === true ? 'fnv = "1"\n' : '',
  ].join('');
  return {
    'src/main.rs': 'fn main() {}\n',
    'Cargo.toml': `[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n${wanted}`,
  };
}

function goModule({ first, second }: Wish): Record<string, string> {
  const using = (path: string): string => `package main\n\nimport _ "${path}"\n`;
  const wanted = [
    first === true ? 'require github.com/pkg/errors v0.9.1\n' : '',
    apart('//'),
    'require rsc.io/sampler v1.3.0\n',
    apart('//'),
    second === true ? 'require github.com/davecgh/go-spew v1.1.1\n' : '',
  ].join('');
  return {
    'main.go': `${using('rsc.io/sampler')}\nfunc main() {}\n`,
    ...(first === true ? { 'first.go': using('github.com/pkg/errors') } : {}),
    ...(second === true ? { 'second.go': using('github.com/davecgh/go-spew/spew') } : {}),
    'go.mod': `module a\n\ngo 1.20\n\n${wanted}`,
  };
}

const node = { files: packageJson } as const;

/** One for each package manager whose lock is made anew and that may be found on a machine. */
export const LOCK_PROJECTS: readonly LockedProject[] = [
  {
    ...node,
    tool: 'npm',
    lock: 'package-lock.json',
    before: 'node_modules/ms',
    added: ['node_modules/once', 'node_modules/inherits'],
    check: 'npm ci --ignore-scripts --no-audit --no-fund',
  },
  {
    ...node,
    tool: 'pnpm',
    lock: 'pnpm-lock.yaml',
    before: 'ms@2.0.0',
    added: ['once@1.4.0', 'inherits@2.0.4'],
    check: 'pnpm install --frozen-lockfile --ignore-scripts',
  },
  {
    ...node,
    tool: 'yarn',
    lock: 'yarn.lock',
    before: 'version "2.0.0"',
    locksWishes: true,
    added: ['once@1.4.0', 'inherits@2.0.4'],
    check: 'yarn install --frozen-lockfile --ignore-scripts --non-interactive',
  },
  {
    tool: 'uv',
    lock: 'uv.lock',
    files: pyproject,
    before: 'version = "3.6"',
    added: ['name = "six"', 'name = "iniconfig"'],
    check: 'uv lock --check',
  },
  {
    tool: 'poetry',
    lock: 'poetry.lock',
    files: (wish) => ({ 'pyproject.toml': `${pyproject(wish)['pyproject.toml'] ?? ''}${INDEX}` }),
    before: 'version = "3.6"',
    added: ['name = "six"', 'name = "iniconfig"'],
    check: 'poetry check --lock --no-interaction',
  },
  {
    tool: 'cargo',
    lock: 'Cargo.lock',
    files: cargo,
    before: 'version = "1.0.9"',
    added: ['name = "ryu"', 'name = "fnv"'],
    check: 'cargo metadata --locked --format-version 1',
  },
  {
    tool: 'go',
    lock: 'go.sum',
    files: goModule,
    before: 'rsc.io/sampler v1.3.0',
    added: ['github.com/pkg/errors v0.9.1', 'github.com/davecgh/go-spew v1.1.1'],
    check: 'go mod verify && go list -mod=readonly -deps ./...',
  },
];

/** Where tools are looked for: CI installs some beside the others, for these tests alone. */
export const TOOL_PATH = [process.env['PATH'], process.env['CODETETHER_TEST_TOOLS']]
  .filter((part) => part !== undefined)
  .join(delimiter);

/** A folder outside of PATH that a sandboxed tool has to see; none where CI installed nothing. */
export const TOOL_FOLDERS: readonly string[] =
  process.env['CODETETHER_TEST_TOOLS'] === undefined
    ? []
    : [dirname(process.env['CODETETHER_TEST_TOOLS'])];

/** Writes the files of a project. */
export function layOut({ files }: LockedProject, folder: string, wish: Wish): void {
  for (const [path, text] of Object.entries(files(wish))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs a command of a package manager; throws when it fails. */
export function runTool(command: string, folder: string): void {
  execFileSync('sh', ['-c', command], {
    cwd: folder,
    timeout: 100_000,
    stdio: 'pipe',
    env: { ...process.env, PATH: TOOL_PATH, CI: '1' },
  });
}

/** Makes the lock of a project as the engine does. */
export function makeLock({ lock }: LockedProject, folder: string): void {
  const [made] = lockCommands([lock]);
  if (made === undefined) throw new Error(`nobody makes ${lock}`);
  runTool(made.command, folder);
}

/** A folder with the project as it was before, and its lock; undefined without the tool, or where no registry answers. */
export function lockedBefore(project: LockedProject): string | undefined {
  if (findExecutable(project.tool, TOOL_PATH) === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'lock-tools-'));
  layOut(project, folder, {});
  try {
    makeLock(project, folder);
    return folder;
  } catch {
    return undefined;
  }
}
