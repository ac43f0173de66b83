import { describe, expect, it } from 'vitest';
import { longStory, OperatedRun, until } from '../support/operated-run.js';
import { useScriptedProject } from '../support/scripted-project.js';

const scripted = useScriptedProject(longStory);

const PASSED = { status: 'passed', trace: ['half', 'whole'], besides: [], attempts: [1] };

async function ending(run: OperatedRun): Promise<object> {
  const document = await run.end();
  return { ...run.outcome(document), attempts: document.stories.map((story) => story.attempts) };
}

describe('a person resets in Temporal itself', () => {
  it('the activity of a command', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetActivity(run.agentId, await run.commandId());
    await run.killWorker();
    expect(await ending(run)).toEqual(PASSED);
  });

  it('an agent in the middle of a command, which runs alone', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetWorkflow(run.agentId, 'last');
    await run.killWorker();
    expect(await ending(run)).toEqual(PASSED);
  });

  it('an agent to its beginning, while the worker lives: nothing is paid twice', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetWorkflow(run.agentId, 'first');
    await until('a second attempt waits or runs', async () => (await run.commandId()) !== '');
    expect(await ending(run)).toEqual(PASSED);
    const calls = scripted.model.requests.map(({ digest }) => digest);
    expect(calls).toHaveLength(new Set(calls).size);
  });

  it('a story to before its agent: the agent is taken over', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetWorkflow(run.storyId, 'first');
    await run.killWorker();
    expect(await ending(run)).toEqual(PASSED);
    expect(run.starts()).toBe(2);
  });

  it('the run to before everything: what is done is read back, and its story is taken over', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetWorkflow(run.rootId, 'first');
    await run.killWorker();
    expect(await ending(run)).toEqual(PASSED);
  });

  it('the run behind its last decision', async () => {
    const run = await OperatedRun.start(scripted.project);
    await run.operator.resetWorkflow(run.rootId, 'last');
    await run.killWorker();
    expect(await ending(run)).toEqual(PASSED);
  });
});
