import { endedRun } from './ended-run.js';
import type { RalphProject } from './ralph-project.js';
import { inputFolder, isRoot, js } from './rlm-project.js';
import type { ModelTask, ScriptedReply } from './scripted-model.js';

/** Ten messages: searches, questions and tools side by side, REPLs two levels down, random numbers, functions, a cell that fails, one that computes. */
const CELLS = [
  'const errors = grep("ERROR"); print(errors.length)',
  'const first = await llm_query("First: " + errors[0].text); print(first)',
  'const labels = []; for (const part of chunks(6)) { const label = await llm_query("Label: " + part.index); labels.push(label); } print(labels)',
  'let sum = 0; for (let n = 0; n < 6000000; n += 1) sum += n % 7; const pick = Math.floor(Math.random() * 1e9) + sum; const [hits, list] = await Promise.all([tool.grep({pattern: "request 77$"}), tool.list_dir({})]); print(pick, hits, list)',
  'undefinedName.field',
  'const deep = await rlm_query("Sub one", {context: slice(0, 2000), tools: ["grep"]}); print(deep)',
  'function double(text) { return text + text } const pair = await Promise.all([llm_query("A"), llm_query("B")]); print(double(pair[0]))',
  'const more = await map("Say", {chunks: 5}); print(more)',
  'const both = await Promise.all([rlm_query("Sub two", {context: slice(0, 500)}), llm_query("C")]); print(both)',
  'FINAL([hits, list, first, labels.join(), pick, deep, double(pair[1]), more.length, both.join()].join(" | "), {evidence: [errors[0]]})',
];
/** Message in which a cell computes for a while. */
export const BUSY_TURN = 3;

/** What the model says in it; no two questions of it are the same, so that one that comes twice was asked twice. */
export function deepScript(task: ModelTask): ScriptedReply {
  const { prompt, turn } = task;
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

const LOG = Array.from(
  { length: 3000 },
  (_, index) => `2026-03-01T00:00:00 ${index % 500 === 77 ? 'ERROR' : 'INFO'} request ${index}`,
).join('\n');

/** Asks it; gives the id of its run. */
export async function askDeepQuestion(project: RalphProject): Promise<string> {
  const folder = inputFolder({ 'app.log': LOG });
  const flags = [
    '-f',
    'app.log',
    '--no-direct',
    '--max-depth',
    '2',
    '--tools',
    'grep,list_dir',
    '--detach',
    '--json',
  ];
  const result = await project.run(folder, 'rlm', 'What happened?', ...flags);
  return (JSON.parse(result.stdout) as { run_id: string }).run_id;
}

/** What must be the same however often somebody killed something. */
export async function deepOutcome({ home }: RalphProject, runId: string): Promise<object> {
  const { status, rlm } = await endedRun(home, runId);
  const { answer, stateHash, evidence, iterations, subQueries, toolCalls, depth } = rlm?.end ?? {};
  const counts = { iterations, subQueries, toolCalls, depth };
  return { status, answer: answer?.preview, evidence, ...counts, stateHash };
}
