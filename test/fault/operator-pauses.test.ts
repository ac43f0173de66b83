import { describe, expect, it } from 'vitest';
import { longStory, OperatedRun, until } from '../support/operated-run.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject(longStory);

const PASSED = { status: 'passed', trace: ['half', 'whole'], besides: [] };

/** The run as it ends, with the attempts that its story needed. */
async function ending(run: OperatedRun): Promise<object> {
  const document = await run.end();
  return { ...run.outcome(document), attempts: document.stories.map((story) => story.attempts) };
}

/** What the commands say of a run that an operator holds. */
async function held(run: OperatedRun, reason: string): Promise<void> {
  expect(await run.show()).toMatchObject({
    status: 'paused',
    standstill: {
      reason: expect.stringContaining(`by Temporal operator operator@desk: ${reason}`),
    },
  });
  expect(await run.listed()).toContain('by Temporal operator');
}

describe('a person pauses in Temporal itself', () => {
  it('an activity, and codetether resumes it after the worker was killed', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.pauseActivity(run.agentId, await run.commandId(), 'too loud');
    await run.killWorker();
    await held(run, 'too loud');
    expect(await run.resume()).toMatchObject({ code: 0 });
    expect(await ending(run)).toEqual({ ...PASSED, attempts: [1] });
  });

  it('an activity whose worker lives: the command ends, its files are put back, and unpausing runs it again', async () => {
    const run = await OperatedRun.start(scripted.project);
    const id = await run.commandId();
    await run.operator.pauseActivity(run.agentId, id, 'wait');
    await until('the command was interrupted', async () => {
      const { raw } = await run.operator.client.workflow.getHandle(run.agentId).describe();
      // PENDING_ACTIVITY_STATE_PAUSED
      return raw.pendingActivities?.some(({ state }) => state === 4);
    });
    await run.killWorker();
    await run.operator.unpauseActivity(run.agentId, id);
    expect(await ending(run)).toEqual({ ...PASSED, attempts: [1] });
    expect(run.starts()).toBe(2);
  });

  it('the whole run, which then answers nobody: commands say why, and resume goes on', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.pauseWorkflow(run.rootId, 'board meeting');
    await run.killWorker();
    await held(run, 'board meeting');
    const refused = await run.project.run(run.folder, 'runs', 'pause', run.runId);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('ERR_RUN_HELD') });
    expect(await run.resume()).toMatchObject({ code: 0 });
    expect(await ending(run)).toEqual({ ...PASSED, attempts: [1] });
  });

  it('an agent, and unpauses it there', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.pauseWorkflow(run.agentId, 'look first');
    await run.killWorker();
    await held(run, 'look first');
    await run.operator.unpauseWorkflow(run.agentId);
    expect(await ending(run)).toEqual({ ...PASSED, attempts: [1] });
  });

  it('an agent by a signal that is sent by hand', async () => {
    const run = await OperatedRun.start(scripted.project);
    const agent = run.operator.client.workflow.getHandle(run.agentId);
    await agent.signal('noSuchSignal', 'x');
    await agent.signal('grantLease', 'not a grant');
    await agent.signal('pauseAgent');
    await run.killWorker();
    await until('the run says so', async () => (await run.show()).status === 'paused');
    expect(await run.show()).toMatchObject({
      standstill: { reason: expect.stringContaining('paused by a signal') },
    });
    expect(await run.resume()).toMatchObject({ code: 0 });
    expect(await ending(run)).toEqual({ ...PASSED, attempts: [1] });
  });
});
