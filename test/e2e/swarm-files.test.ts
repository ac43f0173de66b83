import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bash, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { eventTypes } from '../support/swarm-events.js';
import {
  runSwarm,
  subtaskOf,
  writePlan,
  type PlanSubtask,
  type SwarmDocument,
} from '../support/swarm-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask, subtask: string) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task, subtaskOf(task.prompt)), 20);

function writesItsFile(task: ModelTask, subtask: string): ScriptedReply {
  if (subtask === 'join') return { content: 'All joined.' };
  return task.turn === 0
    ? write(`feature-${subtask}.txt`, 'ok\n')
    : { content: `${subtask} is there.` };
}

const lines = ({ subtasks }: SwarmDocument): string[] =>
  subtasks.map(({ id, status, attempts }) => `${id} ${status} ${attempts}`);
const repository = (files?: Readonly<Record<string, string>>): string =>
  scripted.project.repository({ stories: [], ...(files === undefined ? {} : { files }) });
const plan = (folder: string, subtasks: readonly PlanSubtask[]): string =>
  writePlan(folder, subtasks);
const swarm = (folder: string, ...args: readonly string[]) =>
  runSwarm(scripted.project, folder, ...args);
const askedFrom = (from: number): string[] =>
  scripted.model.requests.slice(from).map(({ task }) => subtaskOf(task.prompt));
const show = (folder: string, { branch }: SwarmDocument, path: string): string =>
  scripted.project.git(folder, 'show', `${branch ?? ''}:${path}`);

describe('the files of a swarm', () => {
  it('of 20 subtasks with six overlapping pairs never conflict', async () => {
    const subtasks = Array.from({ length: 20 }, (_, index) => ({
      id: `s-${index}`,
      touches: index < 12 ? [`shared-${Math.floor(index / 2)}.txt`] : [`own-${index}/**`],
    }));
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      const index = Number(subtask.slice(2));
      const path = index < 12 ? `shared-${Math.floor(index / 2)}.txt` : `own-${index}/file.txt`;
      return task.turn === 0
        ? bash(`mkdir -p "$(dirname ${path})"; echo ${subtask} >> ${path}`)
        : { content: `${subtask} is there.` };
    };
    const folder = repository();
    const file = plan(folder, subtasks);
    const { code, document } = await swarm(folder, '--plan', file, '--no-checks', '--yes');
    expect([code, ...lines(document)]).toEqual([0, ...subtasks.map(({ id }) => `${id} done 1`)]);
    const events = eventTypes(scripted.project, document.run_id);
    expect(events.filter((event) => event.startsWith('commit.end s-'))).toHaveLength(20);
    expect(events.filter((event) => event.startsWith('merge.end'))).toEqual([]);
    expect(document.totals.model_calls).toBe(2 * 20 + 1);
    for (const pair of [0, 1, 2, 3, 4, 5])
      expect(show(folder, document, `shared-${pair}.txt`).split('\n').sort()).toEqual(
        [`s-${2 * pair}`, `s-${2 * pair + 1}`].sort(),
      );
    expect(document.subtasks.map(({ reason }) => reason).join()).not.toContain('outside');
  });

  it('leave what a person has not committed alone, and name it', async () => {
    script = writesItsFile;
    const folder = repository();
    writeFileSync(join(folder, 'README.md'), 'not yet committed\n');
    writeFileSync(join(folder, 'draft notes.txt'), 'mine\n');
    const before = scripted.project.git(folder, 'status', '--porcelain');
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }]);
    const { code, document, stderr } = await swarm(folder, '--plan', file, '--no-checks');
    expect([code, ...lines(document)]).toEqual([0, 'a done 1', 'b done 1']);
    expect(stderr).toContain('not part of it: README.md');
    expect(stderr).toContain('not part of it: draft notes.txt');
    expect(scripted.project.git(folder, 'status', '--porcelain')).toBe(before);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('not yet committed\n');
    expect(show(folder, document, 'README.md')).toBe('# demo');
    const names = scripted.project.git(folder, 'ls-tree', '--name-only', document.branch ?? '');
    expect(names).not.toContain('draft');
  });

  it('cannot be changed by a subtask that only reads, whatever tools its model calls', async () => {
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      if (subtask === 'b') return writesItsFile(task, subtask);
      if (task.turn === 0) return write('planted.txt', 'from a reader\n');
      if (task.turn === 1) return bash('echo planted > planted.txt; rm -f README.md');
      return { content: 'I have read everything.' };
    };
    const folder = repository();
    const file = plan(folder, [{ id: 'a', agent: 'explore' }, { id: 'b' }]);
    const { code, document } = await swarm(folder, '--plan', file, '--no-checks');
    expect([code, ...lines(document)]).toEqual([0, 'a done 1', 'b done 1']);
    expect(document.subtasks.map(({ files, commit }) => [files, commit !== null])).toEqual([
      [[], false],
      [['feature-b.txt'], true],
    ]);
    const names = scripted.project.git(folder, 'ls-tree', '--name-only', document.branch ?? '');
    expect(names.split('\n').sort()).toEqual(['README.md', 'feature-b.txt', 'prd.json', 'test']);
    expect(existsSync(join(folder, 'planted.txt'))).toBe(false);
  });

  it('are none where there is no git repository: agents answer', async () => {
    script = (_task, subtask) => ({
      content: subtask === 'join' ? 'Both say yes [a] [b].' : `${subtask} says yes.`,
    });
    const folder = join(scripted.project.root, 'no-repository');
    mkdirSync(folder);
    writeFileSync(join(folder, 'kept.txt'), 'mine\n');
    const file = plan(folder, [{ id: 'a' }, { id: 'b', depends_on: ['a'] }]);
    const { code, document } = await swarm(folder, '--plan', file);
    const { answer, branch, verified } = document;
    expect([code, answer, branch, verified, ...lines(document)]).toEqual([
      0,
      'Both say yes [a] [b].',
      null,
      false,
      'a done 1',
      'b done 1',
    ]);
    expect(readFileSync(join(folder, 'kept.txt'), 'utf8')).toBe('mine\n');
  });
});

describe('the rows of a table of 200', () => {
  it('are asked once each, and again exactly where they failed', async () => {
    const bad = new Set([7, 50, 99, 120, 163, 200]);
    const rowOf = (prompt: string): number => Number(/^Double (\d+)\?/.exec(prompt)?.[1] ?? 0);
    let isBroken = true;
    script = ({ prompt }) => ({
      content:
        isBroken && bad.has(rowOf(prompt))
          ? 'no idea'
          : JSON.stringify({ double: 2 * rowOf(prompt) }),
    });
    const folder = join(scripted.project.root, 'rows-200');
    mkdirSync(folder);
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    writeFileSync(join(folder, 'in.csv'), `n\n${numbers.join('\n')}\n`);
    writeFileSync(
      join(folder, 'schema.json'),
      '{"type":"object","properties":{"double":{"type":"integer"}},"required":["double"]}',
    );
    const from = scripted.model.requests.length;
    const table = ['--input', 'in.csv', '--template', 'Double {n}?', '--schema', 'schema.json'];
    const first = await swarm(folder, ...table, '--output', 'out.csv', '--yes');
    const failed = first.document.subtasks.filter(({ status }) => status !== 'done');
    expect([first.code, failed.map(({ id, status }) => `${id} ${status}`)]).toEqual([
      1,
      [...bad].map((row) => `row-${row} failed`),
    ]);
    // a bad answer is repaired once
    expect(scripted.model.requests.length - from).toBe(200 + bad.size);
    isBroken = false;
    const again = scripted.model.requests.length;
    const { code, document } = await swarm(folder, 'retry', first.document.run_id);
    const rows = scripted.model.requests.slice(again).map(({ task }) => rowOf(task.prompt));
    expect([code, rows.sort((one, other) => one - other)]).toEqual([0, [...bad]]);
    expect(document.subtasks.filter(({ attempts }) => attempts === 2)).toHaveLength(bad.size);
    const cells = readFileSync(join(folder, 'out.csv'), 'utf8').trim().split('\n');
    expect(cells).toEqual([
      'n,double,_status,_error',
      ...numbers.map((number) => `${number},${2 * number},done,`),
    ]);
  });
});

describe('judges of a swarm', () => {
  it('that disagree decide by their majority, and a retry asks them alone again', async () => {
    const words: string[] = [];
    script = (task, subtask) =>
      subtask === 'judge'
        ? { content: `VERDICT: ${words.shift() ?? 'NONE'}\nI have looked.` }
        : writesItsFile(task, subtask);
    const folder = repository();
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }]);
    words.push('FAIL', 'PASS', 'FAIL');
    const first = await swarm(folder, '--plan', file, '--no-checks', '--verify', '3');
    const { status, finished, verified, run_id: run } = first.document;
    expect([first.code, status, finished, verified]).toEqual([1, 'failed', true, false]);
    const verdicts = first.document.verification.judges.map(({ verdict }) => verdict);
    expect(verdicts.sort()).toEqual(['fail', 'fail', 'pass']);
    words.push('PASS', 'FAIL', 'PASS');
    const from = scripted.model.requests.length;
    const again = await swarm(folder, 'retry', run);
    expect([again.code, again.document.status, again.document.verified]).toEqual([
      0,
      'passed',
      true,
    ]);
    expect(askedFrom(from).filter((name) => name === 'judge')).toHaveLength(3);
    expect(askedFrom(from).filter((name) => name === 'a' || name === 'b')).toEqual([]);
  });
});

describe('a swarm that was cancelled in mid-run', () => {
  let isStuck = true;

  /** Starts a, b and c; a ends, b sleeps in a tool, c waits for b; then it is cancelled. */
  async function cancelled(folder: string): Promise<string> {
    isStuck = true;
    script = (task, subtask) =>
      isStuck && subtask === 'b' && task.turn === 0
        ? bash('sleep 600')
        : writesItsFile(
            subtask === 'b' && task.turn > 0 && isStuck ? { ...task, turn: 0 } : task,
            subtask,
          );
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }, { id: 'c', depends_on: ['b'] }]);
    const args = ['swarm', '--plan', file, '--no-checks', '--detach', '--json'];
    const started = await scripted.project.run(folder, ...args);
    const { run_id: run } = JSON.parse(started.stdout) as { run_id: string };
    const words = async (): Promise<string[]> =>
      lines((await swarm(folder, 'status', run)).document);
    await vi.waitFor(
      async () => expect(await words()).toEqual(['a done 1', 'b running 0', 'c pending 0']),
      { timeout: 60_000, interval: 300 },
    );
    await scripted.project.run(folder, 'swarm', 'cancel', run);
    await vi.waitFor(
      async () => expect((await swarm(folder, 'status', run)).document.status).toBe('cancelled'),
      { timeout: 30_000, interval: 300 },
    );
    expect(await words()).toEqual(['a done 1', 'b cancelled 1', 'c cancelled 0']);
    isStuck = false;
    return run;
  }

  it('goes on with what did not end, its results and files kept', async () => {
    const folder = repository();
    const run = await cancelled(folder);
    const from = scripted.model.requests.length;
    const { code, document } = await swarm(folder, 'retry', run);
    expect([code, ...lines(document)]).toEqual([0, 'a done 1', 'b done 2', 'c done 1']);
    expect(new Set(askedFrom(from))).toEqual(new Set(['b', 'c', 'join']));
    for (const id of ['a', 'b', 'c'])
      expect(show(folder, document, `feature-${id}.txt`)).toBe('ok');
  });

  it('goes on after the service was stopped', async () => {
    const folder = repository();
    const run = await cancelled(folder);
    await scripted.project.run(folder, 'down');
    const from = scripted.model.requests.length;
    const { code, document } = await swarm(folder, 'resume', run);
    expect([code, ...lines(document)]).toEqual([0, 'a done 1', 'b done 2', 'c done 1']);
    expect(new Set(askedFrom(from))).toEqual(new Set(['b', 'c', 'join']));
  });

  it('goes on from its record alone, with an edited plan and on another model', async () => {
    const folder = repository();
    const run = await cancelled(folder);
    await scripted.project.run(folder, 'down');
    rmSync(join(scripted.project.home, 'temporal'), { recursive: true });
    const file = plan(folder, [
      { id: 'a' },
      { id: 'b', instruction: 'Do b in another way' },
      { id: 'd', depends_on: ['a', 'b'] },
    ]);
    const from = scripted.model.requests.length;
    const args = ['retry', run, '--plan', file, '-m', 'double/other'];
    const { code, document } = await swarm(folder, ...args);
    expect([code, ...lines(document)]).toEqual([0, 'a done 1', 'b done 2', 'd done 1']);
    expect(new Set(askedFrom(from))).toEqual(new Set(['b', 'd', 'join']));
    const models = document.subtasks.map(({ commit }) =>
      scripted.project
        .git(
          folder,
          'log',
          '-1',
          '--format=%(trailers:key=Codetether-Model,valueonly)',
          commit ?? '',
        )
        .trim(),
    );
    expect(models).toEqual(['double/scripted', 'double/other', 'double/other']);
    expect(show(folder, document, 'feature-a.txt')).toBe('ok');
  });
});

describe('a swarm whose plan could not be made', () => {
  it('is planned on retry by a model that is shown the repository', async () => {
    script = (task, subtask) =>
      subtask === 'plan' ? { content: 'I cannot.' } : writesItsFile(task, subtask);
    const folder = repository({ 'src/unusual-name.txt': 'x' });
    const { code, document } = await swarm(folder, 'Do a and b', '--no-checks');
    expect(code).toBe(3);
    const subtasks = [
      { id: 'a', instruction: 'Do a' },
      { id: 'b', instruction: 'Do b' },
    ];
    script = (task, subtask) =>
      subtask === 'plan' ? { content: JSON.stringify({ subtasks }) } : writesItsFile(task, subtask);
    const from = scripted.model.requests.length;
    const again = await swarm(folder, 'retry', document.run_id);
    expect([again.code, ...lines(again.document)]).toEqual([0, 'a done 1', 'b done 1']);
    expect(scripted.model.requests[from]?.task.prompt).toContain('src/unusual-name.txt');
    expect(show(folder, again.document, 'feature-b.txt')).toBe('ok');
  });
});
