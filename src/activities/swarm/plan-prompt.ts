import type { SwarmInput } from '../../contracts/index.js';
import type { SwarmStrategy } from '../../domain/index.js';

/** What the model must know to cut a task; the same bytes for every plan. */
export const PLAN_SYSTEM_PROMPT = `You cut one task into subtasks that agents carry out side by side, each in a working copy of its own. Their files are merged, and their answers are joined.
Answer with one JSON object and nothing else, no code fence:
{
  "subtasks": [
    {
      "id": "api",
      "instruction": "Everything that the agent must know: it sees nothing but this, the results of what it depends on, and the repository.",
      "depends_on": [],
      "touches": ["src/api/**"],
      "agent": "build",
      "priority": 1
    }
  ]
}
Rules
- id: short, unique, letters, digits and dashes.
- depends_on: ids of subtasks whose results this one needs. No circles. What does not need another's result does not wait for it.
- touches: globs of the files that it changes, relative to the repository; two subtasks that change the same files depend on one another, or are one.
- agent: "build" changes files; "explore" only reads and answers; "plan" reads and answers with a plan.
- priority: 1 is started first.
- Few large subtasks are better than many small ones: each costs a conversation of its own. A task for one agent is one subtask.
- Do not add subtasks for merging, committing or reporting: the engine does that.`;

/** What the model must know to cut data; partitions are made by the engine. */
export const DATA_SYSTEM_PROMPT = `A task is to be carried out on many files, each part of them by an agent of its own. The engine divides the files; you say which files they are and what is done with each part.
Answer with one JSON object and nothing else, no code fence:
{
  "input": ["src/**/*.ts"],
  "instruction": "What an agent does with the files of its part. It sees nothing but this and the repository.",
  "parts": 8,
  "agent": "build"
}
Rules
- input: globs of the files, relative to the repository.
- parts: how many agents.
- agent: "build" changes files; "explore" only reads and answers.`;

const SENTENCES: Readonly<Record<SwarmStrategy, string>> = {
  auto: 'Cut it in the way that lets most of it be done side by side.',
  domain:
    'Cut it by areas of the repository: each subtask owns paths that no other touches, and says so in touches.',
  data: 'Divide the files.',
  stage:
    'Cut it in layers that build on each other: analyse, then implement, then test; a subtask of a later layer depends on those before it.',
  none: '',
};

const FILES_CHARACTERS = 24_000;

/** The request for a plan. Pure. */
export function planPrompt(
  input: Pick<SwarmInput, 'task' | 'strategy' | 'maxSubagents' | 'outline'>,
): string {
  const { outline } = input;
  return [
    `Task:\n${input.task}`,
    SENTENCES[input.strategy],
    `At most ${input.maxSubagents} subtasks.`,
    outline === null || outline.fileCount === 0
      ? 'There is no repository: subtasks answer questions and have no files.'
      : `Files of the repository (${outline.fileCount} in all):\n${shownFiles(outline.files)}`,
    outline === null || outline.readme.trim() === '' ? '' : `README:\n${outline.readme.trim()}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function shownFiles(files: NonNullable<SwarmInput['outline']>['files']): string {
  const lines: string[] = [];
  let length = 0;
  for (const { path } of files) {
    if (length + path.length > FILES_CHARACTERS)
      return [...lines, `… ${files.length - lines.length} more`].join('\n');
    lines.push(path);
    length += path.length + 1;
  }
  return lines.join('\n');
}

/** What the model is told about an answer that is no valid plan. */
export function planRepair(problems: readonly string[]): string {
  return `That plan cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer with the whole corrected JSON object and nothing else.`;
}
