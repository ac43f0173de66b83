import { describe, expect, it } from 'vitest';
import { longStory, OperatedRun, until } from '../support/operated-run.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject(longStory);

const WHOLE = { status: 'passed', trace: ['half', 'whole'], besides: [] };

async function ending(run: OperatedRun): Promise<object> {
  const document = await run.end();
  return { ...run.outcome(document), attempts: document.stories.map((story) => story.attempts) };
}

/** Waits until the run stands still for an attempt that was ended, and lets it go on. */
async function goOn(run: OperatedRun, how: string): Promise<void> {
  await until('the run stands still', async () => (await run.show()).status === 'paused');
  expect(await run.show()).toMatchObject({
    standstill: { reason: `US-001 was ${how} by Temporal operator` },
  });
  expect(await run.listed()).toContain('by Temporal operator');
  expect(await run.resume()).toMatchObject({ code: 0 });
}

describe('a person ends in Temporal itself', () => {
  it('the whole run: it is shown as such, and the PRD goes on with the command that is named', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.client.workflow.getHandle(run.rootId).terminate('wrong branch');
    await run.killWorker();
    expect(await run.show()).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining(
        `terminated by Temporal operator operator@desk: wrong branch; codetether ralph run -p ${run.folder}/prd.json`,
      ),
      failure: { code: 'ERR_RUN_TERMINATED' },
    });
    expect(await run.listed()).toContain('terminated by Temporal operator');
    expect(await run.resume()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`codetether ralph run -p ${run.folder}/prd.json`),
    });
    await run.operator.close();
    const { document } = await run.project.ralph(run.folder, '--max-attempts', '1');
    expect(run.outcome(document)).toMatchObject({ status: 'passed', trace: ['half', 'whole'] });
  });

  it('an agent: the run stands still, and makes the attempt again without counting it', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.client.workflow.getHandle(run.agentId).terminate('went astray');
    await run.killWorker();
    await goOn(run, 'terminated');
    expect(await ending(run)).toEqual({ ...WHOLE, attempts: [2] });
  });

  it('the attempt of a story by cancelling it: nothing is used up', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.client.workflow.getHandle(run.storyId).cancel();
    await run.killWorker();
    await goOn(run, 'cancelled');
    expect(await ending(run)).toEqual({ ...WHOLE, attempts: [2] });
  });

  it('the whole run by cancelling it: the record names somebody else than us', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.client.workflow.getHandle(run.rootId).cancel();
    await run.killWorker();
    await run.end();
    expect(await run.show()).toMatchObject({
      status: 'cancelled',
      reason: 'cancelled by Temporal operator',
    });
    expect(await run.listed()).toContain('cancelled by Temporal operator');
  });

  it('a run by our own command: the record says so', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.project.run(run.folder, 'runs', 'cancel', run.runId);
    await run.killWorker();
    await run.end();
    expect(await run.show()).toMatchObject({ reason: 'cancelled by request' });
  });
});
