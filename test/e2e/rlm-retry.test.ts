import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { runSpending } from '../../src/domain/run/ralph-run.js';
import { serviceFiles } from '../../src/host/light/service-files.js';
import { endedRun } from '../support/ended-run.js';
import { Operator } from '../support/operator.js';
import { askRlm, inputFolder, isRoot, js } from '../support/rlm-project.js';
import type { ModelTask, ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** Prompts that get no answer now, by how. */
let fault: (task: ModelTask) => ScriptedReply | Promise<ScriptedReply> | undefined;
const scripted = useScriptedProject((task) => fault(task) ?? script(task));

const LOG = Array.from({ length: 3000 }, (_, index) => `request ${index}`).join('\n');

/** Three messages; in the second a wave of four questions, one for a REPL of its own that asks two. */
const CELLS = [
  'var n = count("request"); print(n)',
  'var ends = await Promise.all([llm_query("q0"), llm_query("q1"), rlm_query("Sub", {context: slice(0, 1000)}), llm_query("q2")]); print(ends)',
  'FINAL(n + " " + ends.join(" "))',
];
const SUB_CELLS = [
  'var a = await llm_query("s0"); print(a)',
  'var b = await llm_query("s1"); FINAL(a + "+" + b)',
];
const ANSWER = '3000 said q0 said q1 said s0+said s1 said q2';
/** Messages and questions of all of it, each paid once. */
const CALLS = 10;

function script(task: ModelTask): ScriptedReply {
  if (!isRoot(task)) return { content: `said ${task.prompt.slice(0, 2)}` };
  const cells = task.prompt.startsWith('Question: Sub') ? SUB_CELLS : CELLS;
  return js(cells[task.turn] ?? 'FINAL("no more cells")');
}

async function start(...flags: readonly string[]): Promise<string> {
  const folder = inputFolder({ 'app.log': LOG });
  const words = ['What happened?', '-f', 'app.log', '--no-direct', ...flags, '--detach'];
  const { document } = await askRlm(scripted.project, folder, ...words);
  return document.run_id;
}

/** Waits until so many calls of a run are settled; one more may be before anybody looks. */
async function settled(runId: string, calls: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const record = await localRunRecords(scripted.project.home).read(runId);
      const paid = record === undefined ? 0 : runSpending(record).modelCalls;
      expect(paid).toBeGreaterThanOrEqual(calls);
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** Answers that were given, by the conversation that they were for: one that was given twice was paid twice. */
function answered(from: number): { readonly given: number; readonly distinct: number } {
  const given = scripted.model.requests
    .slice(from)
    .filter((request) => request.answeredAt !== null && !request.isRefused);
  return { given: given.length, distinct: new Set(given.map(({ digest }) => digest)).size };
}

/** Goes on with a question that ended, and sees that it ends as if nothing had happened, with nothing paid twice. */
async function goesOn(runId: string, from: number): Promise<void> {
  fault = () => undefined;
  const { code, document } = await askRlm(scripted.project, inputFolder({}), 'retry', runId);
  const { status, answer, failure } = document;
  expect({ code, status, answer, failure }).toEqual({
    code: 0,
    status: 'answered',
    answer: ANSWER,
    failure: null,
  });
  expect(document).toMatchObject({ iterations: 3, sub_queries: 6, depth: 1 });
  expect(document.totals).toMatchObject({ model_calls: CALLS, repeated_model_calls: 0 });
  expect(answered(from)).toEqual({ given: CALLS, distinct: CALLS });
}

describe('a question that ended in the middle of its work goes on behind what was answered', () => {
  afterEach(() => {
    fault = () => undefined;
  });

  it.each([
    ['a question of a wave', 'q2', false],
    ['a question of a REPL below', 's1', false],
    ['the second message', 'What', true],
  ])('after the provider failed for good at %s', async (_name, words, isMessage) => {
    const from = scripted.model.requests.length;
    fault = (task) =>
      isRoot(task) === isMessage && task.prompt.includes(words) && (!isMessage || task.turn === 1)
        ? { status: 401 }
        : undefined;
    const runId = await start();
    const ended = await endedRun(scripted.project.home, runId);
    expect([ended.status, ended.failure?.code]).toEqual(['failed', 'ERR_PROVIDER_AUTH']);
    const shown = await scripted.project.run('/', 'rlm', 'show', runId);
    expect(shown.stdout).toContain('cell 1');
    await goesOn(runId, from);
  });

  it('after a server that gave errors for as long as one may wait', async () => {
    const from = scripted.model.requests.length;
    fault = ({ prompt }) => (prompt === 'q2' || prompt === 's1' ? { status: 500 } : undefined);
    const runId = await start('--max-wait', '1s');
    expect((await endedRun(scripted.project.home, runId)).status).toBe('failed');
    await goesOn(runId, from);
  });

  it('after it was cancelled in mid-wave', async () => {
    const from = scripted.model.requests.length;
    fault = ({ prompt }) => (prompt === 'q2' || prompt === 's1' ? held() : undefined);
    const runId = await start();
    await settled(runId, 6);
    const cancelled = await scripted.project.run('/', 'rlm', 'cancel', runId);
    expect(cancelled.code).toBe(0);
    expect((await endedRun(scripted.project.home, runId)).status).toBe('cancelled');
    await goesOn(runId, from);
  });

  it('after an operator terminated it, and again after its history is gone', async () => {
    const from = scripted.model.requests.length;
    fault = ({ prompt }) => (prompt === 'q2' || prompt === 's1' ? held() : undefined);
    const runId = await start();
    await settled(runId, 6);
    const operator = await Operator.at(scripted.project.home);
    try {
      const handle = operator.client.workflow.getHandle(`rlm/${runId}`);
      await handle.terminate('wrong question');
    } finally {
      await operator.close();
    }
    const shown = await scripted.project.run('/', 'rlm', 'show', runId, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'failed' });
    expect(shown.stdout).toContain('codetether rlm retry');
    fault = ({ prompt }) => (prompt === 's1' ? { status: 401 } : undefined);
    await scripted.project.run('/', 'rlm', 'retry', runId, '--json');
    await scripted.project.run('/', 'down');
    const { database } = serviceFiles(scripted.project.home);
    for (const end of ['', '-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
    await goesOn(runId, from);
  });
});

/** A request that is never answered while its caller lives. */
function held(): Promise<ScriptedReply> {
  return new Promise(() => undefined);
}
