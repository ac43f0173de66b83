import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { endedRun } from '../support/ended-run.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';
import { inputFolder, isRoot, js } from '../support/rlm-project.js';
import type { ModelTask, ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261128);

/** Ten messages: searches, questions and tools side by side, REPLs two levels down, random numbers, functions, a cell that fails. */
const CELLS = [
  'const errors = grep("ERROR"); print(errors.length)',
  'const first = await llm_query("First: " + errors[0].text); print(first)',
  'const labels = []; for (const part of chunks(6)) { const label = await llm_query("Label: " + part.index); labels.push(label); } print(labels)',
  'const pick = Math.floor(Math.random() * 1e9); const [hits, list] = await Promise.all([tool.grep({pattern: "request 77$"}), tool.list_dir({})]); print(pick, hits, list)',
  'undefinedName.field',
  'const deep = await rlm_query("Sub one", {context: slice(0, 2000), tools: ["grep"]}); print(deep)',
  'function double(text) { return text + text } const pair = await Promise.all([llm_query("A"), llm_query("B")]); print(double(pair[0]))',
  'const more = await map("Say", {chunks: 5}); print(more)',
  'const both = await Promise.all([rlm_query("Sub two", {context: slice(0, 500)}), llm_query("C")]); print(both)',
  'FINAL([hits, list, first, labels.join(), pick, deep, double(pair[1]), more.length, both.join()].join(" | "), {evidence: [errors[0]]})',
];

function script(task: ModelTask): ScriptedReply {
  const { prompt, turn } = task;
  // no two questions are the same, so that one that comes twice was asked twice
  if (!isRoot(task)) return { content: `said ${prompt.slice(0, 12)}` };
  if (prompt.startsWith('Question: Leaf')) return js('FINAL("leaf " + context.length)');
  if (prompt.startsWith('Question: Sub'))
    return js(
      turn === 0
        ? 'const leaf = await rlm_query("Leaf of " + context.length, {context: context.slice(0, context.length / 10)}); print(leaf)'
        : 'const hits = await tool.grep({pattern: "request 577$"}).catch((error) => error.name); FINAL(leaf + " " + hits + (await llm_query("D " + leaf)))',
    );
  return js(CELLS[turn] ?? 'FINAL("too far")');
}

const scripted = useScriptedProject(script, 60);
const LOG = Array.from(
  { length: 3000 },
  (_, index) => `2026-03-01T00:00:00 ${index % 500 === 77 ? 'ERROR' : 'INFO'} request ${index}`,
).join('\n');

async function start(): Promise<string> {
  const folder = inputFolder({ 'app.log': LOG });
  const result = await scripted.project.run(
    folder,
    'rlm',
    'What happened?',
    '-f',
    'app.log',
    '--no-direct',
    '--max-depth',
    '2',
    '--tools',
    'grep,list_dir',
    '--detach',
    '--json',
  );
  return (JSON.parse(result.stdout) as { run_id: string }).run_id;
}

/** What must be the same however often somebody killed something. */
async function outcome(runId: string): Promise<object> {
  const { status, rlm } = await endedRun(scripted.project.home, runId);
  const { answer, stateHash, evidence, iterations, subQueries, toolCalls, depth } = rlm?.end ?? {};
  const picked = answer?.preview.replace(/\| \d+ \|/, '| N |');
  const counts = { iterations, subQueries, toolCalls, depth };
  return { status, picked, evidence, ...counts, hasHash: stateHash !== '' };
}

describe('a question of ten messages and two levels', () => {
  it.each([['worker'], ['temporal'], ['worker and temporal']])(
    'under SIGKILL of %s: no settled call repeated, the same answer, the state that its journal leads to',
    async (role) => {
      const undisturbed = await outcome(await start());
      expect(undisturbed).toMatchObject({
        status: 'passed',
        iterations: 10,
        toolCalls: 3,
        depth: 2,
      });
      const next = random(SEED + role.length);
      let done = 0;
      let runs = 0;
      while (done < KILLS) {
        const from = scripted.model.requests.length;
        const runId = await start();
        runs += 1;
        const kills: Kill[] = await killWhileOpen(scripted.project.home, runId, {
          roles: role.split(' and '),
          pause: () => 200 + next() * 1200,
          most: KILLS - done,
        });
        done += kills.length;
        expect(await outcome(runId)).toEqual(undisturbed);
        const requests = scripted.model.requests.slice(from);
        expect(
          settledAndRepeated(
            requests,
            kills,
            ({ prompt, turn }) => `${prompt.slice(0, 40)} turn ${turn}`,
          ),
        ).toEqual([]);
      }
      process.stdout.write(`${role}: ${done} kills in ${runs} runs\n`);
    },
  );
});
