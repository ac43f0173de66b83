import type { DraftScriptInput } from '../../contracts/index.js';
import { checkLines, joinParts, section } from './prompt-parts.js';

/** What the model must know of the language; the same bytes for every draft. */
export const SCRIPT_SYSTEM_PROMPT = `You write a small JavaScript program that has many coding agents work on one task. Answer with the program and nothing else, no code fence.

export const meta = {
  name: 'find-and-fix',
  description: 'One sentence for people',
  phases: [{ title: 'Find' }, { title: 'Fix' }],
};

phase('Find');
const found = await agent('List every exported function of src that has no docstring.', {
  profile: 'explore',
  schema: { type: 'object', required: ['files'], properties: { files: { type: 'array', items: { type: 'string' } } } },
});
phase('Fix');
const results = await parallel(found.files.map((file) => () =>
  agent(\`Add docstrings to every exported function of \${file}. Change nothing else.\`, { label: file, touches: [file] })));
return { files: found.files.length, done: results.filter((one) => one !== null).length };

What there is, and nothing else: no modules, no files, no network, no timers.
- await agent(prompt, { label, phase, schema, profile, touches, timeout }): an agent with tools and a copy of the repository; its last words, or the value that fits schema. It knows nothing but its prompt. profile: 'build' (default, may change files), 'explore' (only reads), 'plan', or one of those named below. touches: globs of the files that it may change; agents whose touches overlap do not work at once. It throws when the agent fails.
- await parallel([() => …]): all at once, null for what failed. await pipeline(items, ...stages): each item through all stages.
- phase(title), log(text), await sleep(milliseconds), await ask(question, { options, default }), budget.remaining(), args.
- Top-level await and return; what is returned is the result of the run.
Rules:
- meta first, a pure literal. name: letters, digits, - and _.
- Few phases; work that needs no other goes side by side. At most 1000 agents in all; loops have an end that is sure.
- Have files changed by agents whose touches do not overlap. Let agents answer by schema where the program reads what they say.
- A last agent looks at the whole, where parts have to fit together.`;

/** The request of one draft. Pure; the same input gives the same bytes. */
export function scriptPrompt({ task, repository, profiles }: DraftScriptInput): string {
  return joinParts([
    `The task:\n${task.trim()}`,
    section('Agents that may be named as profile', profiles.join('\n')),
    section('Files at the top of the repository', repository.files.join('\n')),
    section(
      'Checks of the repository, which run on the merged result by themselves',
      checkLines(repository.checks),
    ),
    section('Beginning of its README', repository.readme),
  ]);
}

/** What the model is told about an answer that cannot run. */
export function scriptRepairPrompt(problems: readonly string[]): string {
  return `That cannot run:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer with the whole corrected program and nothing else.`;
}
