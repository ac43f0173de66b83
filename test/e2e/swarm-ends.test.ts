import { describe, expect, it, vi } from 'vitest';
import { bash, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runSwarm, subtaskOf, writePlan, type SwarmDocument } from '../support/swarm-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask, subtask: string) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task, subtaskOf(task.prompt)), 20);

function writesItsFile(task: ModelTask, subtask: string): ScriptedReply {
  if (subtask === 'join') return { content: 'All joined.' };
  return task.turn === 0
    ? write(`feature-${subtask}.txt`, 'ok\n')
    : { content: `${subtask} is there.` };
}

/** `b` never ends behind the file that it writes. */
const sleepsAsB = (task: ModelTask, subtask: string): ScriptedReply =>
  subtask === 'b' && task.turn > 0 ? bash('sleep 600') : writesItsFile(task, subtask);

const repository = (): string => scripted.project.repository({ stories: [] });
const swarm = (folder: string, ...args: readonly string[]) =>
  runSwarm(scripted.project, folder, ...args);
const git = (folder: string, ...args: readonly string[]): string =>
  scripted.project.git(folder, ...args);
const of = ({ subtasks }: SwarmDocument, wanted: string) =>
  subtasks.find(({ id }) => id === wanted);

/** The swarm once `a` is done and `b` sleeps. */
async function openSwarm(folder: string): Promise<string> {
  const file = writePlan(folder, [{ id: 'a' }, { id: 'b' }]);
  const from = scripted.model.requests.length;
  const args = ['swarm', '--plan', file, '--no-checks', '--detach', '--json'];
  const started = await scripted.project.run(folder, ...args);
  const { run_id: run } = JSON.parse(started.stdout) as { run_id: string };
  await vi.waitFor(
    async () => {
      const asked = scripted.model.requests.slice(from).map(({ task }) => task);
      expect(asked.some((task) => subtaskOf(task.prompt) === 'b' && task.turn === 1)).toBe(true);
      expect(of((await swarm(folder, 'status', run)).document, 'a')?.status).toBe('done');
    },
    { timeout: 60_000, interval: 200 },
  );
  return run;
}

describe('what a swarm leaves', () => {
  it('is on its branch when it is cancelled, and what was begun on one of its own; a retry does the rest', async () => {
    script = sleepsAsB;
    const folder = repository();
    const run = await openSwarm(folder);
    await scripted.project.run(folder, 'swarm', 'cancel', run);
    const document = await vi.waitFor(
      async () => {
        const { document: now } = await swarm(folder, 'status', run);
        expect(now.status).toBe('cancelled');
        return now;
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(git(folder, 'show', `${document.branch ?? ''}:feature-a.txt`)).toBe('ok');
    const kept = of(document, 'b')?.kept_branch ?? '';
    expect([of(document, 'b')?.status, of(document, 'b')?.reason]).toEqual([
      'cancelled',
      expect.stringContaining(`what it changed is on ${kept}`),
    ]);
    expect(git(folder, 'show', `${kept}:feature-b.txt`)).toBe('ok');
    script = writesItsFile;
    const again = await swarm(folder, 'retry', run);
    expect([again.code, again.document.branch]).toEqual([0, document.branch]);
    expect(git(folder, 'show', `${document.branch ?? ''}:feature-b.txt`)).toBe('ok');
    expect(git(folder, 'show', `${kept}:feature-b.txt`)).toBe('ok');
  });

  it('of a subtask that takes too long is kept, and nothing of one that changed nothing', async () => {
    script = (task, subtask) => (subtask === 'c' ? bash('sleep 600') : sleepsAsB(task, subtask));
    const folder = repository();
    const file = writePlan(folder, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    const { code, document } = await swarm(folder, '--plan', file, '--no-checks', '--timeout', '4');
    expect([code, of(document, 'c')?.kept_branch, of(document, 'c')?.status]).toEqual([
      1,
      null,
      'failed',
    ]);
    const kept = of(document, 'b')?.kept_branch ?? '';
    expect(git(folder, 'show', `${kept}:feature-b.txt`)).toBe('ok');
    expect(of(document, 'b')?.reason).toBe(
      `it did not end within 4 s of work; what it changed is on ${kept}`,
    );
    const dry = await scripted.project.run(folder, 'swarm', 'status', document.run_id);
    expect(dry.stdout).toContain(`  kept    ${kept}`);
  });
});
