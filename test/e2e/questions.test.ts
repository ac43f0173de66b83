import { describe, expect, it, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { endedRun } from '../support/ended-run.js';
import { runningPids } from '../support/kill-random.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject((task) => script(task));

function use(input: Readonly<Record<string, unknown>>): ScriptedReply {
  return { calls: [{ name: 'use_tool', arguments: input }] };
}

const ANSWER = /answers: ?\n?(\w+)/;

/** Looks for a way to ask, asks, and writes what it was told; a second attempt knows it. */
function script({ turn, heard, prompt, story }: ModelTask): ScriptedReply {
  if (story === 'US-002') return turn === 0 ? write('feature-2.txt', 'ok\n') : done();
  const known = ANSWER.exec(prompt)?.[1];
  if (known !== undefined) return turn === 0 ? write('feature-1.txt', `${known}\n`) : done();
  const given = ANSWER.exec(heard)?.[1];
  if (given !== undefined) return write('feature-1.txt', `${given}\n`);
  if (turn === 0) return use({ query: 'ask the person who owns this work' });
  if (turn === 1)
    return use({ name: 'question', arguments: { question: 'Which word?', recommendation: 'ok' } });
  return done();
}

async function standing(runId: string, pattern: RegExp): Promise<void> {
  await vi.waitFor(
    async () => {
      const record = await localRunRecords(scripted.project.home).read(runId);
      expect(record?.standstill?.reason).toMatch(pattern);
    },
    { timeout: 60_000, interval: 50 },
  );
}

async function start(...flags: readonly string[]): Promise<{ folder: string; runId: string }> {
  const folder = scripted.project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
  const { code, document } = await scripted.project.ralph(folder, '--detach', ...flags);
  expect(code).toBe(0);
  return { folder, runId: document.run_id };
}

describe('a question that an agent finds the tool for', () => {
  it('is answered from another terminal after the worker was killed; nothing is paid twice', async () => {
    const from = scripted.model.requests.length;
    const { folder, runId } = await start('--question-wait', '2h');
    await standing(runId, /^asks: Which word\?; recommended: ok$/);
    for (const pid of await runningPids(scripted.project.home, ['worker']))
      process.kill(pid, 'SIGKILL');
    const answered = await scripted.project.run(folder, 'runs', 'answer', runId, 'US-001', 'ok');
    expect([answered.code, answered.stdout.trim()]).toEqual([
      0,
      `${runId}: US-001 goes on with the answer`,
    ]);
    const record = await endedRun(scripted.project.home, runId);
    expect(record.stories.map(({ status, attempts }) => [status, attempts.length])).toEqual([
      ['passed', 1],
      ['passed', 1],
    ]);
    const digests = scripted.model.requests.slice(from).map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
    const log = await scripted.project.run(folder, 'runs', 'logs', runId);
    expect(log.stdout).toMatch(/US-001 asks: Which word\?; recommended: ok/);
    expect(log.stdout).toMatch(/US-001 is answered: ok/);
  });

  it('sets its story aside, is first in the report, and is answered in the morning', async () => {
    const { folder, runId } = await start('--question-wait', '0s');
    await standing(runId, /^US-001 asks: Which word\?/);
    const report = await scripted.project.run(folder, 'runs', 'report', runId);
    expect(report.stdout).toMatch(/## Questions\n\n- US-001 asks: Which word\?; recommended: ok\n/);
    expect(report.stdout).toContain(`codetether runs answer ${runId} US-001 "..."`);
    expect(report.stdout.indexOf('## Questions')).toBeLessThan(report.stdout.indexOf('## Run'));
    const shown = await scripted.project.run(folder, 'runs', 'show', runId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      status: 'waiting',
      questions: [{ story: 'US-001', question: 'Which word?', options: [], recommendation: 'ok' }],
    });
    await scripted.project.run(folder, 'runs', 'answer', runId, 'US-001', 'ok');
    const record = await endedRun(scripted.project.home, runId);
    expect(record.status).toBe('passed');
    expect(record.stories[0]?.attempts.map(({ outcome }) => outcome)).toEqual([
      'blocked',
      'passed',
    ]);
  });
});
