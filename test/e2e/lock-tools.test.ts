import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockCommands } from '../../src/domain/lock-files.js';
import { findExecutable } from '../../src/platform/process/find-executable.js';

/** A project whose manifest gets one more package, and may take a newer one of what is locked. */
interface LockedProject {
  readonly tool: string;
  readonly lock: string;
  readonly files: (isWider: boolean) => Readonly<Record<string, string>>;
  /** What the lock says of the package that was there. */
  readonly before: string;
  /** What it says of the one that came. */
  readonly added: string;
}

const packageJson = (isWider: boolean) => ({
  'package.json': JSON.stringify({
    name: 'a',
    version: '1.0.0',
    dependencies: isWider ? { ms: '^2.0.0', once: '1.4.0' } : { ms: '2.0.0' },
  }),
});

const PROJECTS: readonly LockedProject[] = [
  {
    tool: 'npm',
    lock: 'package-lock.json',
    files: packageJson,
    before: '"version": "2.0.0"',
    added: 'node_modules/once',
  },
  {
    tool: 'pnpm',
    lock: 'pnpm-lock.yaml',
    files: packageJson,
    before: 'ms@2.0.0',
    added: 'once@1.4.0',
  },
  {
    tool: 'uv',
    lock: 'uv.lock',
    files: (isWider) => ({
      'pyproject.toml': `[project]\nname = "a"\nversion = "1.0.0"\nrequires-python = ">=3.9"\ndependencies = [${isWider ? '"idna", "six"' : '"idna==3.6"'}]\n`,
    }),
    before: 'version = "3.6"',
    added: 'name = "six"',
  },
  {
    tool: 'cargo',
    lock: 'Cargo.lock',
    files: (isWider) => ({
      'src/main.rs': 'fn main() {}\n',
      'Cargo.toml': `[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n${isWider ? 'itoa = "1"\nryu = "1"\n' : 'itoa = "=1.0.9"\n'}`,
    }),
    before: 'version = "1.0.9"',
    added: 'name = "ryu"',
  },
  {
    tool: 'go',
    lock: 'go.sum',
    files: (isWider) => ({
      'main.go': `package main\n\nimport _ "rsc.io/sampler"\n${isWider ? 'import _ "github.com/pkg/errors"\n' : ''}\nfunc main() {}\n`,
      'go.mod': `module a\n\ngo 1.20\n\nrequire rsc.io/sampler v1.3.0\n${isWider ? 'require github.com/pkg/errors v0.9.1\n' : ''}`,
    }),
    before: 'rsc.io/sampler v1.3.0',
    added: 'github.com/pkg/errors v0.9.1',
  },
];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function layOut({ files }: LockedProject, folder: string, isWider: boolean): void {
  for (const [path, text] of Object.entries(files(isWider))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Where tools are looked for: CI installs some beside the others, for these tests alone. */
const PATH = [process.env['PATH'], process.env['CODETETHER_TEST_TOOLS']]
  .filter((part) => part !== undefined)
  .join(delimiter);

function makeLock({ lock }: LockedProject, folder: string): void {
  const [made] = lockCommands([lock]);
  if (made === undefined) throw new Error(`nobody makes ${lock}`);
  execFileSync('sh', ['-c', made.command], {
    cwd: folder,
    timeout: 100_000,
    stdio: 'pipe',
    env: { ...process.env, PATH, CI: '1' },
  });
}

/** A folder with the project as it was before, and its lock; undefined without the tool, or where no registry answers. */
function lockedBefore(project: LockedProject): string | undefined {
  if (findExecutable(project.tool, PATH) === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'lock-tools-'));
  folders.push(folder);
  layOut(project, folder, false);
  try {
    makeLock(project, folder);
    return folder;
  } catch {
    return undefined;
  }
}

describe.each(PROJECTS)('the lock of $tool that is made anew', (project) => {
  const folder = lockedBefore(project);
  it.skipIf(folder === undefined)(
    'has what the manifest wants, and what was locked as it was',
    { timeout: 120_000 },
    () => {
      const before = readFileSync(join(folder ?? '', project.lock), 'utf8');
      expect([before.includes(project.before), before.includes(project.added)]).toEqual([
        true,
        false,
      ]);
      layOut(project, folder ?? '', true);
      makeLock(project, folder ?? '');
      const after = readFileSync(join(folder ?? '', project.lock), 'utf8');
      expect(after).toContain(project.before);
      expect(after).toContain(project.added);
    },
  );
});
