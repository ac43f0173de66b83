import { describe, expect, it } from 'vitest';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task), 20);

function task(prompt: string, more: Readonly<Record<string, unknown>> = {}): ScriptedReply {
  return { calls: [{ name: 'task', arguments: { description: prompt, prompt, ...more } }] };
}

const one = [{ id: 'US-001' }];
const toldSince = (from: number) => scripted.model.requests.slice(from).map((seen) => seen.task);

describe('an agent that starts agents', () => {
  it('has one change files while it waits; the story that both made passes its proof', async () => {
    script = (at) => {
      if (at.prompt === 'Write it')
        return at.turn === 0 ? write('feature-1.txt', 'ok\n') : { content: 'Wrote it.' };
      return at.turn === 0 ? task('Write it', { agent: 'general' }) : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(scripted.project.git(folder, 'show', 'feature/work:feature-1.txt')).toBe('ok');
    // what the other agent spent is part of the story's
    expect(document.totals).toMatchObject({ model_calls: 4, repeated_model_calls: 0 });
  });

  it('refuses changes of one that only reads where the tool runs, and starts no further agents from it', async () => {
    script = (at) => {
      if (at.prompt === 'Look')
        return (
          [write('feature-1.txt', 'bad\n'), bash('echo bad > feature-1.txt'), task('Deeper')][
            at.turn
          ] ?? { content: 'I looked.' }
        );
      return [task('Look'), write('feature-2.txt', 'ok\n')][at.turn] ?? done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const files = scripted.project
      .git(folder, 'ls-tree', '--name-only', 'feature/work')
      .split('\n');
    expect(files).toContain('feature-2.txt');
    expect(files).not.toContain('feature-1.txt');
    expect(toldSince(from).some(({ prompt }) => prompt === 'Deeper')).toBe(false);
  });

  it('hears of one in the background, and does not end before it', async () => {
    script = (at) => {
      if (at.prompt === 'Slow')
        return at.turn === 0
          ? { calls: [{ name: 'glob', arguments: { pattern: '*' } }] }
          : { content: 'The answer is 42.' };
      if (at.turn === 0) return task('Slow', { background: true });
      return at.turn === 1 ? write('feature-1.txt', 'ok\n') : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const own = toldSince(from).filter(({ prompt }) => prompt !== 'Slow');
    // one more turn than the script needs when the notice came after story_done, the same number when it came before
    expect(own.length).toBeGreaterThanOrEqual(3);
    const slow = toldSince(from).filter(({ prompt }) => prompt === 'Slow');
    expect(slow).toHaveLength(2);
  });

  it('runs several that read side by side', async () => {
    script = (at) => {
      if (at.prompt.startsWith('Part')) return { content: `${at.prompt} is fine.` };
      if (at.turn > 1) return done();
      if (at.turn === 1) return write('feature-1.txt', 'ok\n');
      const calls = ['Part 1', 'Part 2', 'Part 3'].flatMap((prompt) => task(prompt).calls ?? []);
      return { calls };
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const parts = scripted.model.requests
      .slice(from)
      .filter((seen) => seen.task.prompt.startsWith('Part'));
    expect(parts).toHaveLength(3);
    const firstEnd = Math.min(...parts.map(({ answeredAt }) => answeredAt ?? 0));
    expect(Math.max(...parts.map(({ startedAt }) => startedAt))).toBeLessThan(firstEnd + 2_000);
  });
});
