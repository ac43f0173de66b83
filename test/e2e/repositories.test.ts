import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

const one = [{ id: 'US-001' }];

function diligent(task: ModelTask): ScriptedReply {
  return task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done();
}

/** What `ralph run --dry-run --json` answers: notes of the plan, or the code of the refusal. */
async function plan(folder: string, ...flags: readonly string[]) {
  const args = ['ralph', 'run', '--dry-run', '--json', ...flags];
  const { code, stdout } = await scripted.project.run(folder, ...args);
  const document = JSON.parse(stdout) as {
    notes?: string[];
    error?: { code: string; message: string; hint: string };
  };
  return { code, ...document };
}

describe('a repository that cannot be worked in is refused in one line before anything starts', () => {
  it.each<[string, string, (folder: string) => void]>([
    [
      'files in LFS',
      'ERR_LFS_UNSUPPORTED',
      (folder) => {
        writeFileSync(join(folder, '.gitattributes'), '*.bin filter=lfs\n');
        writeFileSync(join(folder, 'a.bin'), 'version https://git-lfs.github.com/spec/v1\n');
        scripted.project.git(folder, '-c', 'filter.lfs.clean=cat', 'add', '-A');
        scripted.project.git(folder, 'commit', '-qm', 'lfs');
      },
    ],
    [
      'an unknown format, such as reftable for an old git',
      'ERR_REPOSITORY_FORMAT',
      (folder) => {
        scripted.project.git(folder, 'config', 'core.repositoryformatversion', '1');
        scripted.project.git(folder, 'config', 'extensions.refstorage', 'carved-in-stone');
      },
    ],
    [
      'a branch in the way of the branch',
      'ERR_BRANCH_CONFLICT',
      (folder) => scripted.project.git(folder, 'branch', 'feature'),
    ],
    [
      'no commit, and more files than are taken unseen',
      'ERR_NO_COMMIT',
      (folder) => {
        scripted.project.git(folder, 'checkout', '-q', '--orphan', 'empty');
        mkdirSync(join(folder, 'many'));
        for (let index = 0; index < 2001; index += 1)
          writeFileSync(join(folder, 'many', `${index}.txt`), '');
      },
    ],
  ])('%s', async (_name, code, prepare) => {
    const folder = scripted.project.repository({ stories: one });
    prepare(folder);
    const answer = await plan(folder);
    expect([answer.code, answer.error?.code]).toEqual([2, code]);
    expect(answer.error?.message).not.toContain('\n');
    expect(answer.error?.hint).toBeTruthy();
  });
});

describe('what is unusual about a repository is said in the plan', () => {
  it('hooks, signing, a sparse checkout, a detached HEAD', async () => {
    const folder = scripted.project.repository({ stories: one });
    mkdirSync(join(folder, '.githooks'));
    writeFileSync(join(folder, '.githooks/pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    scripted.project.git(folder, 'config', 'core.hooksPath', '.githooks');
    scripted.project.git(folder, 'config', 'commit.gpgsign', 'true');
    scripted.project.git(folder, 'sparse-checkout', 'set', 'test');
    scripted.project.git(folder, 'checkout', '-q', '--detach');
    expect((await plan(folder)).notes).toEqual([
      'commit.gpgsign is on; commits of a run are not signed',
      'commits of a run skip your hooks (pre-commit); checks take their place',
      'the checkout is sparse; lanes hold every file',
    ]);
  });
});

describe('a run works', () => {
  it('on a detached HEAD of a linked worktree with hooks that fail, and merges where it is told to', async () => {
    script = diligent;
    const folder = scripted.project.repository({ stories: one });
    writeFileSync(join(folder, '.git/hooks/reference-transaction'), '#!/bin/sh\nexit 1\n', {
      mode: 0o644,
    });
    const linked = join(scripted.project.root, 'linked tree ü');
    scripted.project.git(folder, 'worktree', 'add', '-q', '--detach', linked);
    const hooks = join(folder, '.git/hooks/');
    renameSync(`${hooks}reference-transaction`, `${hooks}pre-commit`);
    const { code, document } = await scripted.project.ralph(linked);
    expect([code, document.branch]).toEqual([0, 'feature/work']);
    expect(scripted.project.git(folder, 'rev-parse', 'feature/work')).toBe(document.head_commit);
    const merge = (...flags: string[]) =>
      scripted.project.run(linked, 'ralph', 'merge', document.run_id, ...flags);
    const unsaid = await merge();
    expect([unsaid.code, unsaid.stderr]).toEqual([2, expect.stringContaining('--into')]);
    const taken = await merge('--into', 'main');
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining(folder)]);
    scripted.project.git(folder, 'checkout', '-q', '--detach');
    expect((await merge('--into', 'main')).code).toBe(0);
    expect(scripted.project.git(folder, 'rev-parse', 'main')).toBe(document.head_commit);
  });

  it('in one package of a monorepo, from a PRD that lies outside, within its paths', async () => {
    const prompts: string[] = [];
    script = (task) => {
      if (task.turn === 0 && task.attempt === 2) prompts.push(task.prompt);
      if (task.turn > 0) return done();
      return task.attempt === 1
        ? bash('echo ok > feature-1.txt && echo stray > ../stray.txt')
        : write('feature-1.txt', 'ok\n');
    };
    const files = { 'packages/api/test/check.sh': 'test -d ../api\n' };
    const folder = scripted.project.repository({ stories: one, files });
    const prd = join(scripted.project.root, 'outside.json');
    renameSync(join(folder, 'prd.json'), prd);
    const place = ['--repo', folder, '--workdir', 'packages/api', '--paths', 'packages/api'];
    const args = ['ralph', 'run', '--json', '-p', prd, ...place];
    const result = await scripted.project.run(scripted.project.root, ...args);
    expect([result.code, JSON.parse(result.stdout)]).toMatchObject([
      0,
      { stories: [{ status: 'passed', attempts: 2 }] },
    ]);
    expect(prompts[0]).toContain('You changed files outside paths: packages/stray.txt');
    expect(scripted.project.git(folder, 'show', '--name-only', '--format=', 'feature/work')).toBe(
      'packages/api/feature-1.txt',
    );
    expect(existsSync(join(folder, 'progress.txt'))).toBe(false);
    expect(readFileSync(prd, 'utf8')).toContain('"passes": true');
  });

  it('with submodules, which stay where they are', async () => {
    const inner = scripted.project.repository({ stories: one });
    const folder = scripted.project.repository({ stories: one });
    const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add'];
    scripted.project.git(folder, ...add, inner, 'lib/inner');
    scripted.project.git(folder, 'commit', '-qm', 'submodule');
    expect((await plan(folder)).notes).toEqual([
      'submodules stay at their commits; their files come from your .git/modules (lib/inner)',
    ]);
    script = (task) =>
      task.turn === 0
        ? bash('echo x > lib/inner/stray.txt; rm -rf lib; echo ok > feature-1.txt')
        : done();
    expect((await scripted.project.ralph(folder)).code).toBe(0);
    expect(scripted.project.git(folder, 'diff', '--name-only', 'main', 'feature/work')).toBe(
      'feature-1.txt',
    );
  });
});

describe('the repository of the person', () => {
  it('is the same after a run whose worker was killed, and after its discard', async () => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    writeFileSync(join(folder, 'README.md'), '# mine, not committed\n');
    const mark = join(scripted.project.root, 'planted');
    const trap = `#!/bin/sh\\ntouch ${mark}\\n`;
    let killed = false;
    script = (task) => {
      if (task.turn === 0)
        return bash(
          `printf '${trap}' > .git/trap; chmod +x .git/trap; git config core.fsmonitor .git/trap; git config core.hooksPath .git; cp .git/trap .git/post-checkout; cp .git/trap .git/pre-commit; echo ok > feature-${task.story.slice(-1)}.txt`,
        );
      if (task.turn === 1 && task.story === 'US-002' && !killed) {
        killed = true;
        process.kill(worker, 'SIGKILL');
      }
      return task.turn === 1 ? bash('git status --short') : done();
    };
    const look = () => ({
      status: scripted.project.git(folder, 'status', '--porcelain').split('\n').sort(),
      worktrees: scripted.project.git(folder, 'worktree', 'list'),
      config: scripted.project.git(folder, 'config', '-l', '--local'),
      refs: scripted.project.git(folder, 'for-each-ref', 'refs/heads', 'refs/tags', 'refs/remotes'),
      stash: scripted.project.git(folder, 'stash', 'list'),
    });
    const before = look();
    await scripted.project.run(folder, 'up');
    const { stdout } = await scripted.project.run(folder, 'ps', '--json');
    const { processes } = JSON.parse(stdout) as { processes: { role: string; pid: number }[] };
    const worker = processes.find(({ role }) => role === 'worker')?.pid ?? 0;
    expect(worker).toBeGreaterThan(0);
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.status, killed]).toEqual([0, 'passed', true]);
    const own = /.*\trefs\/heads\/feature\/work$\n?/gm;
    const after = look();
    expect({ ...after, refs: after.refs.replace(own, '').trim() }).toEqual({
      ...before,
      status: ['?? progress.txt', 'M README.md', ' M prd.json'].sort(),
    });
    const discard = ['ralph', 'discard', document.run_id, '--yes'];
    expect((await scripted.project.run(folder, ...discard)).code).toBe(0);
    const end = look();
    expect({ ...end, status: [] }).toEqual({ ...before, status: [] });
    expect(existsSync(mark)).toBe(false);
    expect(scripted.project.prd(folder).user_stories.map(({ passes }) => passes)).toEqual([
      false,
      false,
    ]);
  });
});
