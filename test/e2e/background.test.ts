import { readdirSync, readFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { endedRun } from '../support/ended-run.js';
import { runningPids } from '../support/kill-random.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** Seconds that nobody else sleeps, by which the processes are found. */
const NAP = 100_000 + randomInt(800_000);
/** What the story of the running test does while its command runs; it is asked again until that is over. */
let middle: ((task: ModelTask) => ScriptedReply) | undefined;
const scripted = useScriptedProject((task) => script(task));

const call = (name: string, input: Readonly<Record<string, unknown>>): ScriptedReply => ({
  calls: [{ name, arguments: input }],
});
const output = (): ScriptedReply =>
  call('use_tool', { name: 'bash_output', arguments: { id: 'bg-1', wait_s: 30 } });

function script(task: ModelTask): ScriptedReply {
  if (task.turn === 0)
    return call('bash', { command: `echo begun; sleep ${NAP} & sleep ${NAP}`, background: true });
  return middle?.(task) ?? done();
}

/** Processes of the host that sleep for {@link NAP}. */
function sleepers(): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `sleep\0${NAP}\0`;
    } catch {
      return false;
    }
  }).length;
}

async function start(): Promise<{ folder: string; runId: string }> {
  const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
  const { code, document } = await scripted.project.ralph(folder, '--detach');
  expect(code).toBe(0);
  return { folder, runId: document.run_id };
}

const asleep = (): Promise<void> =>
  vi.waitFor(() => expect(sleepers()).toBe(2), { timeout: 60_000, interval: 50 });
const gone = (): Promise<void> =>
  vi.waitFor(() => expect(sleepers()).toBe(0), { timeout: 30_000, interval: 50 });

describe('a command in the background', () => {
  it('runs beside the work of its story, and nothing of it is left when the proof begins', async () => {
    const seen: number[] = [];
    middle = ({ turn }) => {
      seen.push(sleepers());
      return turn === 1 ? write('feature-1.txt', 'ok\n') : done();
    };
    const { runId } = await start();
    const record = await endedRun(scripted.project.home, runId);
    expect(record.status).toBe('passed');
    expect(seen).toEqual([2, 2]);
    expect(sleepers()).toBe(0);
  });

  it('ends with a run that is cancelled', async () => {
    middle = () => output();
    const { folder, runId } = await start();
    await asleep();
    const cancelled = await scripted.project.run(folder, 'runs', 'cancel', runId);
    expect(cancelled.code).toBe(0);
    const record = await endedRun(scripted.project.home, runId);
    expect(record.status).toBe('cancelled');
    await gone();
  });

  it('dies with its worker; its agent hears of that and goes on', async () => {
    const heard: string[] = [];
    middle = (task) => {
      heard.push(task.heard);
      if (task.turn === 1) return output();
      return task.turn === 2 ? write('feature-1.txt', 'ok\n') : done();
    };
    const { runId } = await start();
    await asleep();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), { timeout: 60_000 });
    for (const pid of await runningPids(scripted.project.home, ['worker']))
      process.kill(pid, 'SIGKILL');
    const record = await endedRun(scripted.project.home, runId);
    expect(record.status).toBe('passed');
    expect(heard.join('\n')).toContain('it ended with the worker that ran it');
    expect(sleepers()).toBe(0);
  });
});
