import { describe, expect, it } from 'vitest';
import { longStories, OperatedRun, until } from '../support/operated-run.js';
import type { RunDocument } from '../support/ralph-project.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject(longStories);
const STORIES = ['US-001', 'US-002'];

/** What must hold of both stories at the end: each command left its lines once and ran alone, and with how many attempts. */
async function ending(run: OperatedRun): Promise<object> {
  const document = await run.end();
  const { project, folder } = run;
  const traceOf = (id: string): string[] =>
    project.git(folder, 'show', `${document.branch}:${id}.log`).split('\n');
  return {
    status: document.status,
    traces: STORIES.map(traceOf),
    besides: [run.inLane('.two', 1), run.inLane('.two', 2)],
    attempts: document.stories.map(({ attempts }) => attempts),
  };
}

const WHOLE = {
  status: 'passed',
  traces: [
    ['half', 'whole'],
    ['half', 'whole'],
  ],
  besides: [[], []],
};

const statusOf = async (run: OperatedRun, id: string): Promise<RunDocument['status'] | undefined> =>
  (await run.show()).stories.find((story) => story.id === id)?.status;

describe('of two stories side by side, one that a person', () => {
  it('pauses in Temporal waits, while the other one lands', async () => {
    const run = await OperatedRun.start(scripted.project, STORIES);
    await run.operator.pauseWorkflow(run.agentId, 'look first');
    await run.killWorker();
    await until('the other one passes', async () => (await statusOf(run, 'US-002')) === 'passed');
    expect(await statusOf(run, 'US-001')).toBe('running');
    expect(await run.listed()).toContain('by Temporal operator');
    await run.operator.unpauseWorkflow(run.agentId);
    expect(await ending(run)).toEqual({ ...WHOLE, attempts: [1, 1] });
  });

  it('terminates in Temporal is made again, and the other one loses nothing', async () => {
    const run = await OperatedRun.start(scripted.project, STORIES);
    await run.operator.client.workflow.getHandle(run.agentId).terminate('went astray');
    await run.killWorker();
    await until('the run stands still', async () => (await run.show()).status === 'paused');
    expect(await run.show()).toMatchObject({
      standstill: { reason: 'US-001 was terminated by Temporal operator' },
    });
    expect(await run.resume()).toMatchObject({ code: 0 });
    expect(await ending(run)).toEqual({ ...WHOLE, attempts: [2, 1] });
  });

  it('resets in Temporal goes on where it was, and so does the other one', async () => {
    const run = await OperatedRun.start(scripted.project, STORIES);
    await run.operator.resetWorkflow(run.agentId, 'last');
    await run.killWorker();
    expect(await ending(run)).toEqual({ ...WHOLE, attempts: [1, 1] });
  });
});
