import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import type { RunDocument } from '../support/ralph-project.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

// Slow enough that stories side by side overlap.
const scripted = useScriptedProject((task) => script(task), 150);

const two = [{ id: 'US-001' }, { id: 'US-002' }];
const steps = (document: RunDocument) =>
  document.stories.map((story) => `${story.id} ${story.status} ${story.attempts}`);
const number = (task: ModelTask): number => Number(task.story.slice(-1));
const isResolving = (task: ModelTask): boolean => task.prompt.includes('## Merge conflict');

const BOTH = '# Features\n\n## Feature 1\n\n## Feature 2\n';

/** Both stories create the same file with other content: git cannot merge that by itself. */
function createsFeatures(task: ModelTask): ScriptedReply {
  if (task.turn > 0) return done();
  return isResolving(task)
    ? overwrite('FEATURES.md', BOTH)
    : write('FEATURES.md', `# Features\n\n## Feature ${number(task)}\n`);
}

/** By the shell: the file tools want a file to be read before it is written again. */
function overwrite(path: string, text: string): ScriptedReply {
  return {
    calls: [
      {
        name: 'bash',
        arguments: { command: `printf '${text.replaceAll('\n', '\\n')}' > ${path}` },
      },
    ],
  };
}

describe('ralph run --parallel', () => {
  it('works on stories side by side and lands both, the second on top of the first', async () => {
    script = (task) => (task.turn === 0 ? write(`feature-${number(task)}.txt`, 'ok\n') : done());
    const folder = scripted.project.repository({ stories: two });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder, '--parallel', '2');
    expect([code, ...steps(document)]).toEqual([0, 'US-001 passed 1', 'US-002 passed 1']);
    const seen = scripted.model.requests.slice(from);
    const first = seen.filter((request) => request.task.story === 'US-001');
    const second = seen.filter((request) => request.task.story === 'US-002');
    expect(second[0]?.startedAt).toBeLessThan(first.at(-1)?.answeredAt ?? 0);
    expect(
      scripted.project.git(folder, 'log', '--format=%s', 'main..feature/work').split('\n'),
    ).toHaveLength(2);
    expect(
      scripted.project.git(folder, 'ls-tree', '--name-only', 'feature/work').split('\n'),
    ).toEqual(expect.arrayContaining(['feature-1.txt', 'feature-2.txt']));
    // what each story was proven with is the tree that its commit has
    for (const story of document.stories) {
      const tree = scripted.project.git(folder, 'rev-parse', `${story.commit}^{tree}`);
      expect(story.evidence.at(-1)?.tree).toBe(tree);
    }
  });

  it('lets an agent resolve a conflict, and lands both changes of one file', async () => {
    script = createsFeatures;
    const folder = scripted.project.repository({ stories: two });
    const { code, document } = await scripted.project.ralph(folder, '--parallel', '2');
    expect([code, ...steps(document)]).toEqual([0, 'US-001 passed 1', 'US-002 passed 1']);
    expect(scripted.project.git(folder, 'show', 'feature/work:FEATURES.md')).toBe(BOTH.trim());
  });

  it('never takes a file with conflict marks for a resolution: the story stays open and its branch is named', async () => {
    script = (task) => (isResolving(task) ? done() : createsFeatures(task));
    const folder = scripted.project.repository({ stories: two });
    const { code, document } = await scripted.project.ralph(
      folder,
      '--parallel',
      '2',
      '--max-attempts',
      '1',
    );
    expect(code).toBe(1);
    const open = document.stories.find((story) => story.status !== 'passed');
    expect(open?.status).toBe('blocked');
    const record = (await localRunRecords(scripted.project.home).read(
      document.run_id,
    )) as RunRecord;
    const kept = record.stories.find((entry) => entry.story.id === open?.id)?.branch ?? '';
    expect(scripted.project.git(folder, 'show', `${kept}:FEATURES.md`)).toContain(
      `## Feature ${open?.id.slice(-1)}`,
    );
    expect(scripted.project.git(folder, 'show', 'feature/work:FEATURES.md')).not.toContain(
      '<<<<<<<',
    );
    expect(readFileSync(join(folder, 'prd.json'), 'utf8').match(/"passes": true/g)).toHaveLength(1);
  });
});

describe('an open run', () => {
  async function recordOf(runId: string): Promise<RunRecord | undefined> {
    return localRunRecords(scripted.project.home).read(runId);
  }

  it('is paused, steered and resumed from the command line', async () => {
    script = (task) =>
      task.turn < 2 ? write(`feature-${number(task)}${task.turn}.txt`, 'ok\n') : done();
    const folder = scripted.project.repository({
      stories: [{ id: 'US-001' }, { id: 'US-002' }, { id: 'US-003' }],
    });
    const { document } = await scripted.project.ralph(folder, '--detach');
    const runId = document.run_id;
    const runs = (...args: readonly string[]) => scripted.project.run(folder, 'runs', ...args);
    expect((await runs('pause', runId, '--reason', 'lunch')).code).toBe(0);
    expect(await recordOf(runId)).toMatchObject({
      status: 'paused',
      standstill: { reason: 'lunch' },
    });
    expect((await runs('show', runId)).stdout).toContain('paused since');
    expect((await runs('skip', runId, 'US-003')).stdout).toContain('US-003 is skipped');
    expect((await runs('add', runId, 'US-004', '--title', 'One more')).code).toBe(0);
    const refused = await runs('retry', runId, 'US-404');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('error[ERR_STORY_UNKNOWN]'),
    ]);
    const resumed = await runs('resume', runId, '--max-calls', '50', '--json');
    expect(JSON.parse(resumed.stdout)).toEqual({
      run_id: runId,
      answer: 'goes on; budget: 50 model calls',
    });
    await vi.waitFor(async () => expect((await recordOf(runId))?.status).toBe('failed'), {
      timeout: 60_000,
      interval: 100,
    });
    expect(
      (await recordOf(runId))?.stories.map((entry) => `${entry.story.id} ${entry.status}`),
    ).toEqual(['US-001 passed', 'US-002 passed', 'US-003 skipped', 'US-004 passed']);
    const late = await runs('pause', runId);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('error[ERR_RUN_ENDED]')]);
    const logs = await runs('logs', runId);
    expect(logs.stdout).toContain('lunch');
  });

  it('pauses at its budget before the call that is too many, and a person raises it', async () => {
    script = (task) => (task.turn < 3 ? write(`feature-${task.turn}.txt`, 'ok\n') : done());
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const from = scripted.model.requests.length;
    const { document } = await scripted.project.ralph(folder, '--detach', '--max-calls', '2');
    const runId = document.run_id;
    await vi.waitFor(
      async () =>
        expect(await recordOf(runId)).toMatchObject({
          status: 'paused',
          standstill: { reason: 'the budget of 2 model calls is used up' },
        }),
      { timeout: 60_000, interval: 50 },
    );
    expect(scripted.model.requests.length - from).toBe(2);
    await scripted.project.run(folder, 'runs', 'resume', runId, '--max-calls', '10');
    await vi.waitFor(async () => expect((await recordOf(runId))?.status).toBe('passed'), {
      timeout: 60_000,
      interval: 100,
    });
    expect(scripted.model.requests.length - from).toBe(4);
  });

  it('refuses a budget in dollars for a model without a price before anything is paid', async () => {
    script = () => done();
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder, '--budget-usd', '1');
    expect([code, document.status, scripted.model.requests.length - from]).toEqual([
      2,
      'failed',
      0,
    ]);
  });
});
