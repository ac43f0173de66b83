import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { runBoard } from '../../../../src/tui/screen/board.js';
import { THEMES } from '../../../../src/tui/screen/theme.js';
import {
  attachedOutput,
  runShell,
  writeInEditor,
} from '../../../../src/tui/work/person-programs.js';
import { runLine, startRun, startWords } from '../../../../src/tui/work/runs.js';
import { entriesOf, matching, menuOf } from '../../../../src/tui/work/search.js';
import { describe as describeError } from '../../../../src/tui/work/session-desk.js';
import { openingSession } from '../../../support/session-workflow.js';

const place = () => ({
  cwd: mkdtempSync(join(tmpdir(), 'ct-work-')),
  environment: { PATH: process.env['PATH'], HOME: tmpdir() },
});
/** A process that has ended, but whose end nobody took note of, is not at work. */
function isAtWork(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
const never = new AbortController().signal;
const direct = <Result>(work: () => Promise<Result>): Promise<Result> => work();

describe('a command of the person', () => {
  it('runs in the shell of the person, in the folder, with both streams in order', async () => {
    const where = place();
    writeFileSync(join(where.cwd, 'a.txt'), '');
    const end = await runShell('ls; echo bad >&2; exit 3', where, never);
    expect(end).toEqual({ code: 3, output: 'a.txt\nbad\n' });
    expect(attachedOutput('ls "x"', end)).toBe(
      '<command line="ls \\"x\\"" end="exit 3">\na.txt\nbad\n\n</command>',
    );
  });

  it('takes the shell that is set, and goes along in part where it said too much', async () => {
    const where = place();
    const environment = { ...where.environment, SHELL: '/bin/sh' };
    const { output } = await runShell('echo "$0"', { ...where, environment }, never);
    expect(output).toBe('/bin/sh\n');
    const text = attachedOutput('x', { code: null, output: 'y'.repeat(100_000) });
    expect(text.length).toBeLessThan(17_000);
    expect(text).toContain('end="ended by a signal"');
  });

  it.each([
    ['ends', 'echo begun; sleep 1000 & echo $! > child; wait'],
    ['is deaf', "trap '' TERM; echo begun; sleep 1000 & echo $! > child; wait; wait"],
    ['was not waited for', 'echo begun; sleep 1000 & echo $! > child'],
  ])('that %s is stopped with everything that it started', async (_name, command) => {
    const where = place();
    const stop = new AbortController();
    const running = runShell(command, where, stop.signal);
    const child = await vi.waitFor(() => {
      const pid = Number(readFileSync(join(where.cwd, 'child'), 'utf8').trim());
      expect(pid).toBeGreaterThan(1);
      return pid;
    }, 20_000);
    stop.abort();
    expect(await running).toMatchObject({ output: 'begun\n' });
    await vi.waitFor(() => expect(isAtWork(child)).toBe(false), 20_000);
  });

  it('does not begin to work when all are being stopped', async () => {
    const where = place();
    const { code } = await runShell('sleep 1000', where, AbortSignal.abort());
    expect(code).toBeNull();
  });
});

describe('an editor of the person', () => {
  it('gets the draft, and gives what was written', async () => {
    const where = place();
    const editor = join(where.cwd, 'edit.sh');
    writeFileSync(editor, '#!/bin/sh\nprintf " and more\\n" >> "$1"\n', { mode: 0o755 });
    const environment = { ...where.environment, EDITOR: editor };
    expect(await writeInEditor('draft', { ...where, environment }, direct)).toBe('draft and more');
  });

  it.each([
    ['is not set', undefined],
    ['fails', 'false'],
  ])('is refused when it %s', async (_name, editor) => {
    const where = place();
    const environment = { ...where.environment, EDITOR: editor };
    await expect(writeInEditor('x', { ...where, environment }, direct)).rejects.toMatchObject({
      code: 'ERR_EDITOR',
    });
  });
});

describe('a run that is started from the screen', () => {
  it.each([
    [
      { command: 'ralph' as const, given: '-p "my prd.json" --budget-usd 5' },
      ['ralph', 'run', '-p', 'my prd.json', '--budget-usd', '5', '--detach', '--json'],
    ],
    [{ command: 'ralph' as const, given: '' }, ['ralph', 'run', '--detach', '--json']],
    [
      { command: 'swarm' as const, given: 'do "this" -x' },
      ['swarm', '--detach', '--json', '--', 'do "this" -x'],
    ],
    [
      { command: 'script' as const, given: 'review' },
      ['script', 'run', '--detach', '--json', '--', 'review'],
    ],
    [
      { command: 'script' as const, given: 'review  {"files": ["a b.ts"],\n"deep": true} ' },
      [
        'script',
        'run',
        '--args',
        '{"files": ["a b.ts"],\n"deep": true}',
        '--detach',
        '--json',
        '--',
        'review',
      ],
    ],
    [
      { command: 'script' as const, given: '"./my script.js" -1' },
      ['script', 'run', '--args', '-1', '--detach', '--json', '--', './my script.js'],
    ],
    [
      { command: 'script' as const, given: '--help' },
      ['script', 'run', '--detach', '--json', '--', '--help'],
    ],
    [
      { command: 'rlm' as const, given: "'who?' -f a.log" },
      ['rlm', 'who?', '-f', 'a.log', '--detach', '--json'],
    ],
  ])('%j is %j', (started, words) => {
    expect(startWords(started)).toEqual(words);
  });

  it('is known by what its command prints, and a failure says what that was', async () => {
    const where = place();
    const script = join(where.cwd, 'program.mjs');
    writeFileSync(
      script,
      `if (process.argv.includes('fail')) { console.error('no such thing'); process.exit(2); }
      console.log(JSON.stringify({ run_id: 'r1', workflow_id: 'w1', words: process.argv.slice(2) }));`,
    );
    const options = { ...where, program: [process.execPath, script] };
    expect(await startRun({ command: 'swarm', given: 'task' }, options)).toEqual({
      runId: 'r1',
      workflowId: 'w1',
    });
    await expect(startRun({ command: 'swarm', given: 'fail' }, options)).rejects.toMatchObject({
      code: 'ERR_RUN_NOT_STARTED',
      message: expect.stringContaining('no such thing'),
    });
    writeFileSync(script, 'console.log("no document")');
    await expect(startRun({ command: 'rlm', given: 'x' }, options)).rejects.toMatchObject({
      code: 'ERR_RUN_NOT_STARTED',
    });
    expect(readFileSync(script, 'utf8')).toContain('no document');
  });

  it('leaves lines of what stays, and none of what the board shows', () => {
    const at = '2026-03-01T00:00:00.000Z';
    const told = { source: 'x', seq: 1, at, story: 'US-001', text: 'passed: checks' };
    expect(runLine({ ...told, type: 'story.end' })).toEqual({
      kind: 'note',
      text: 'US-001 passed: checks',
      tone: 'plain',
    });
    expect(runLine({ ...told, type: 'tool.end' })).toBeUndefined();
  });

  it('is a board of its stories, each below what it waits for', () => {
    const story = (id: string, dependsOn: string[], [status, reason = '']: string[]) => ({
      story: { id, title: `Title ${id}`, dependsOn },
      status,
      reason,
      attempts: [],
      commit: null,
    });
    const record = {
      ...openingSession(),
      kind: 'ralph',
      status: 'waiting',
      endedAt: null,
      standstill: { kind: 'waiting', reason: 'quota\u001b[2J', since: '', until: null },
      stories: [
        story('A', [], ['passed']),
        story('B', ['A'], ['running']),
        story('C', ['B'], ['waiting_on_dependency']),
        story('D', ['D'], ['blocked', 'asks: which?']),
      ],
    } as unknown as RunRecord;
    const lines = runBoard(record, THEMES.none, new Date('2026-03-01T00:01:00.000Z'));
    expect(lines[0]).toMatch(/^ralph \w+ waiting · 1 of 4 · /);
    expect(lines.slice(1)).toEqual([
      'quota\\x1b[2J',
      '✓ A Title A',
      '  ● B Title B',
      '    ○ C Title C',
      expect.stringMatching(/^ {8}\? D Title D asks: which\?$/),
    ]);
  });
});

describe('a search', () => {
  const entries = entriesOf(['src/main.ts', 'src/domain/model.ts', 'README.md']);

  it('finds by letters in order, the best first, and everything without words', () => {
    expect(matching(entries, 'main')[0]?.value).toBe('src/main.ts');
    expect(matching(entries, 'README').map(({ value }) => value)).toEqual(['README.md']);
    expect(matching(entries, 'sdm')[0]?.value).toBe('src/domain/model.ts');
    expect(matching(entries, ' ').length).toBe(3);
    expect(menuOf('files', entries, 'zzz')).toBeNull();
    expect(menuOf('files', entries, '')).toMatchObject({ kind: 'files', chosen: 0 });
  });

  it('lists no more than anybody looks through', () => {
    const many = entriesOf(Array.from({ length: 500 }, (_file, index) => `file-${index}`));
    expect(matching(many, 'file').length).toBe(50);
    expect(matching(many, '').length).toBe(50);
  });
});

describe('a failure', () => {
  it('is one line with its code and what can be done', () => {
    const error = new InvalidInputError('ERR_X', { message: 'it broke', hint: 'mend it' });
    expect(describeError(error)).toBe('error[ERR_X]: it broke (mend it)');
    expect(describeError(new Error('plain'))).toBe('plain');
    expect(describeError('text')).toBe('text');
  });
});
