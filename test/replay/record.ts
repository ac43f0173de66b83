import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { StoryInput } from '../../src/contracts/workflow-types.js';
import { askSession, sessionWorkflowId } from '../../src/client/start-session.js';
import { RUN_UPDATES } from '../../src/contracts/messages.js';
import { SESSION_UPDATES } from '../../src/contracts/session.js';
import { TASK_UPDATES } from '../../src/contracts/remote-task.js';
import { FakeSwarmActivities } from '../support/fake-swarm-activities.js';
import { FakeRlmActivities } from '../support/fake-rlm-activities.js';
import { RLM_INPUT } from '../support/rlm-workflow.js';
import { SWARM_INPUT } from '../support/swarm-workflow.js';
import { FakeActivities } from '../support/fake-activities.js';
import { FakeSessionActivities } from '../support/fake-session-activities.js';
import { prompt } from '../support/session-workflow.js';
import { fakeScriptCallActivities } from '../support/fake-script-call-activities.js';
import { fakeSubAgentActivities } from '../support/fake-sub-agent-activities.js';
import { PROOF_INPUT } from '../support/proof-run.js';
import { temporalCli } from '../support/temporal-programs.js';
import { TASK_INPUT, TaskFakes } from '../support/task-fakes.js';
import { WORKFLOW_BUNDLE } from '../support/workflow-environment.js';
import { agentInput, ralphInput, scenarios, type Scenario } from './scenarios.js';

/** `npm run record`: writes a history for every scenario that has none. Those that are there are never touched. */
const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = fileURLToPath(new URL('histories', import.meta.url));

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: await temporalCli() },
      // So that a short history is long enough to continue as new.
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
    },
  });
  mkdirSync(FOLDER, { recursive: true });
});
afterAll(async () => {
  await environment.teardown();
});

describe('record', () => {
  const missing = Object.entries(scenarios).filter(
    ([name]) => !existsSync(join(FOLDER, `${name}.json`)),
  );

  it('finds every scenario recorded, or records it', () => {
    expect(Object.keys(scenarios).length).toBeGreaterThan(0);
  });

  it.each(missing)('%s', async (name, scenario) => {
    const activities = activitiesOf(scenario);
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: name,
      identity: 'recorder',
      workflowBundle: { codePath: WORKFLOW_BUNDLE },
      activities: Object.assign(activities, fakeSubAgentActivities(), fakeScriptCallActivities()),
    });
    const written = await worker.runUntil(() => runScenario(name, scenario, activities));
    expect(written).toBeGreaterThan(0);
  });
});

function activitiesOf(scenario: Scenario): FakeActivities {
  if (scenario.kind === 'swarm') return new FakeSwarmActivities(scenario.script);
  if (scenario.kind === 'rlm') return new FakeRlmActivities(scenario.script);
  if (scenario.kind === 'session') return new FakeSessionActivities(scenario.script);
  if (scenario.kind === 'remoteTask') return new TaskFakes(scenario.script, scenario.desk);
  return new FakeActivities(withCancellation(scenario));
}

/** A cancelled run has one call that only ends by being cancelled. */
function withCancellation(scenario: Scenario): Scenario['script'] {
  if (scenario.kind !== 'ralph' || scenario.isCancelled !== true) return scenario.script;
  return {
    callModel: async () => {
      const context = Context.current();
      const timer = setInterval(() => context.heartbeat(), 50);
      return context.cancelled.finally(() => clearInterval(timer));
    },
  };
}

const INPUTS = {
  agent: agentInput,
  ralph: ralphInput,
  proof: PROOF_INPUT,
  rlm: RLM_INPUT,
  swarm: SWARM_INPUT,
  remoteTask: TASK_INPUT,
};

async function runScenario(
  name: string,
  scenario: Scenario,
  fake: FakeActivities,
): Promise<number> {
  const { client } = environment;
  if (scenario.kind === 'session') return talkSession(name, scenario);
  const handle = await client.workflow.start(`${scenario.kind}Workflow`, {
    workflowId: name,
    taskQueue: name,
    args: [{ ...INPUTS[scenario.kind], ...scenario.input }],
  });
  if (scenario.kind === 'ralph' && scenario.isCancelled === true) {
    await vi.waitFor(() => expect(fake.modelInputs).toHaveLength(1), { timeout: 20_000 });
    await handle.cancel();
  }
  if (scenario.kind === 'remoteTask') await answerTask(handle, scenario.answers ?? []);
  await sayMeanwhile(handle, scenario, fake);
  await disturb(name, scenario, fake);
  if (scenario.kind === 'ralph') await askRun(handle, scenario, fake);
  if (scenario.kind === 'swarm' && scenario.retries !== undefined)
    await openAgain(handle, scenario.retries);
  await handle.result().catch(() => undefined);
  if (fake instanceof FakeSwarmActivities) return writeHistories([name, ...agentsOf(name, fake)]);
  await writeHistories(tasksOf(name, scenario));
  if (fake instanceof FakeRlmActivities) return writeHistories([name, ...replsOf(fake)]);
  if (scenario.kind !== 'ralph')
    return writeHistories([handle.workflowId], handle.firstExecutionRunId);
  const places = fake.begun.map(({ story }) => placeOf(name, story));
  // A second agent on the same conflict has a number.
  const begun = new Set(
    places.map((place, at) => {
      const round = places.slice(0, at + 1).filter((other) => other === place).length;
      return place.endsWith('/merge') && round > 1 ? `${place}/${round}` : place;
    }),
  );
  return writeHistories([name, ...[...begun].flatMap((id) => [id, `${id}/agent`])]);
}

/** Makes the requests of a scenario to its open run, one after the other. */
async function askRun(
  handle: WorkflowHandle,
  { requests = [], requestsAt: status }: Extract<Scenario, { readonly kind: 'ralph' }>,
  fake: FakeActivities,
): Promise<void> {
  for (const request of requests) {
    await vi.waitFor(() => expect(fake.modelInputs.length).toBeGreaterThan(0), { timeout: 20_000 });
    if (status !== undefined)
      await vi.waitFor(
        async () => expect(await handle.query('runStatus')).toMatchObject({ status }),
        { timeout: 20_000 },
      );
    await handle.executeUpdate(request.update, { args: [request.input] });
  }
}

/** Says what a scenario says, and waits until the session rests. */
async function talkSession(
  taskQueue: string,
  { opening, prompts }: Extract<Scenario, { readonly kind: 'session' }>,
): Promise<number> {
  const temporal = environment.client;
  const input = { runId: opening.runId, opening, hasSearchAttributes: false };
  for (const messageId of prompts)
    await askSession(
      { temporal, taskQueue },
      { input, update: SESSION_UPDATES.say, request: prompt(messageId) },
    );
  const id = sessionWorkflowId(opening.runId);
  await temporal.workflow.getHandle(id).result();
  return writeHistories([id]);
}

/** Says something to an open task. */
async function answerTask(handle: WorkflowHandle, answers: readonly string[]): Promise<void> {
  for (const text of answers)
    await handle.executeUpdate(TASK_UPDATES.tell.name, {
      args: [{ message: { messageId: text, role: 'user', parts: [{ kind: 'text', text }] } }],
    });
}

/** Opens a subtask again once it is blocked. */
async function openAgain(handle: WorkflowHandle, story: string): Promise<void> {
  const blocked = { story: expect.objectContaining({ id: story }), status: 'blocked' };
  await vi.waitFor(
    async () =>
      expect(await handle.query('runStatus')).toMatchObject({
        stories: expect.arrayContaining([expect.objectContaining(blocked)]),
      }),
    { timeout: 20_000 },
  );
  await handle.executeUpdate(RUN_UPDATES.retry.name, { args: [{ story }] });
}

/** Workflow ids of the agent that answers a question, and of those below it. */
function replsOf(fake: FakeRlmActivities): string[] {
  const scopes = new Set(fake.cells.map(({ node }) => node));
  // behind the id of a workflow its scope has the id of its first run
  return [...scopes].map((scope) => scope.slice(0, scope.lastIndexOf('/')));
}

/** Workflow ids of those that an agent starts. */
function tasksOf(name: string, scenario: Scenario): string[] {
  const tasks = scenario.kind === 'agent' ? (scenario.tasks ?? 0) : 0;
  return Array.from({ length: tasks }, (_, index) => `${name}/task/${index + 1}`);
}

/** Workflow ids of a swarm's agents. */
function agentsOf(name: string, fake: FakeSwarmActivities): string[] {
  return fake.begunSubtasks.map(({ subtask, attempt, conflict }) => {
    const merge = conflict === undefined ? '' : '/merge';
    return `${name}/${SWARM_INPUT.runId}/${subtask.id}/${attempt}${merge}`;
  });
}

/** What somebody does in Temporal itself. */
async function disturb(name: string, scenario: Scenario, fake: FakeActivities): Promise<void> {
  const { workflow } = environment.client;
  if (scenario.kind !== 'agent' && scenario.kind !== 'ralph') return;
  if (scenario.kind === 'agent') {
    if (scenario.signal === undefined) return;
    await vi.waitFor(
      async () =>
        expect(await workflow.getHandle(name).query('agentStatus')).toMatchObject({
          isPaused: true,
        }),
      { timeout: 20_000 },
    );
    return workflow.getHandle(name).signal(scenario.signal);
  }
  const { signal, endsAttempt, endsMerge } = scenario;
  if (endsMerge === true) {
    await vi.waitFor(() => expect(fake.modelInputs).toHaveLength(3), { timeout: 20_000 });
    const merge = fake.begun.at(-1)?.story;
    if (merge !== undefined) await workflow.getHandle(placeOf(name, merge)).terminate('no');
  }
  if (signal === undefined && endsAttempt !== true) return;
  await vi.waitFor(() => expect(fake.modelInputs).toHaveLength(1), { timeout: 20_000 });
  if (signal !== undefined) await workflow.getHandle(name).signal(signal.name, signal.input);
  if (endsAttempt === true)
    await workflow.getHandle(`${name}/${ralphInput.runId}/US-001/1`).cancel();
}

/** Says something while it is looked where a question goes on. */
async function sayMeanwhile(
  handle: WorkflowHandle,
  scenario: Scenario,
  fake: FakeActivities,
): Promise<void> {
  if (scenario.kind !== 'rlm' || scenario.word === undefined) return;
  const { text, said } = scenario.word;
  await vi.waitFor(() => expect(fake.calls).toContain('findReplMark'), { timeout: 20_000 });
  await handle.executeUpdate(RUN_UPDATES.message.name, { args: [{ story: 'answer', text }] });
  said();
}

/** Workflow id of one attempt. */
function placeOf(
  name: string,
  {
    story,
    attempt,
    conflict,
  }: Pick<StoryInput, 'attempt' | 'conflict'> & { story: { id: string } },
): string {
  const merge = conflict === undefined ? '' : '/merge';
  return `${name}/${ralphInput.runId}/${story.id}/${attempt}${merge}`;
}

/** By the Temporal command line, whose JSON is the format that replay reads. */
async function writeHistories(ids: readonly string[], firstRunId?: string): Promise<number> {
  const program = await temporalCli();
  for (const id of ids) {
    const run = firstRunId === undefined ? [] : ['--run-id', firstRunId];
    const args = ['workflow', 'show', '--workflow-id', id, ...run, '--output', 'json'];
    const history = execFileSync(program, [...args, '--address', environment.address], {
      encoding: 'utf8',
    });
    const file = id.replaceAll('/', '__');
    // stacks of failures name the folder of this checkout, which says nothing and differs everywhere
    const text = JSON.stringify(JSON.parse(history)).replaceAll(CHECKOUT, '');
    writeFileSync(join(FOLDER, `${file}.json`), `${text}\n`);
  }
  return ids.length;
}
