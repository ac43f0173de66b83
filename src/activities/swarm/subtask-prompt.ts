import type { Subtask, WorkspaceSetup } from '../../domain/index.js';

/** What a prompt says of the subtask and of what is around it. */
export interface SubtaskBrief {
  readonly subtask: Subtask;
  /** The task of the whole swarm. */
  readonly task: string;
  readonly others: readonly { readonly id: string; readonly title: string }[];
  /** Why the attempt before did not do; empty on the first. */
  readonly feedback: string;
  readonly setup: WorkspaceSetup;
  /** Earlier results that are not shown. */
  readonly resultsLeft: number;
}

/** What an agent before this one found. */
export interface EarlierResult {
  readonly id: string;
  readonly text: string;
  /** The first of them. */
  readonly files: readonly string[];
  readonly fileCount: number;
}

const FILES_SHOWN = 40;

/** The task of one subtask's agent, as it reads it. Pure; the same input gives the same bytes. */
export function renderSubtask(
  input: SubtaskBrief,
  material: {
    readonly guide: { readonly path: string; readonly text: string } | undefined;
    readonly results: readonly EarlierResult[];
  },
): string {
  const { subtask, task, others, feedback } = input;
  const isWhole = task.trim() === subtask.instruction.trim();
  return [
    `# ${subtask.id}`,
    subtask.instruction,
    section('Files that you may change', list(subtask.touches)),
    section('Results that you build on', resultTexts(material.results, input.resultsLeft)),
    section('What the attempt before this one was missing', feedback),
    isWhole ? '' : section('Your task is a part of this one', task),
    section(
      'Others carry out the other parts; do not do their work',
      list(others.map(({ id, title }) => `${id}: ${title}`)),
    ),
    section('Dependencies', dependencies(input)),
    section(`Project guide (${material.guide?.path ?? ''})`, material.guide?.text ?? ''),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What an agent is told that goes on because others changed the same places. Pure. */
export function renderConflict({ id }: Subtask, files: readonly string[]): string {
  return `Your work on ${id} is done, but others changed the same places meanwhile. The working copy now holds their state with your work merged into it. These files have conflict marks (<<<<<<<, =======, >>>>>>>): the first side is what landed, the second is your work. Read them again, edit them so that both changes stay, remove every mark, change nothing else, and answer as before.\n${list(files)}`;
}

function resultTexts(results: readonly EarlierResult[], left: number): string {
  const more = left === 0 ? [] : [`${left} more ended well; their files are in the working copy.`];
  return [...results.map(resultText), ...more].join('\n\n');
}

/** What an agent before this one found, for one that builds on it. Pure. */
export function resultText({ id, text, files, fileCount }: EarlierResult): string {
  const shown = files.slice(0, FILES_SHOWN);
  const left = fileCount - shown.length;
  const more = left > 0 ? ` and ${left} more` : '';
  return `### ${id}\n${text.trim()}${fileCount === 0 ? '' : `\nChanged files: ${shown.join(', ')}${more}`}`;
}

function dependencies({ setup }: SubtaskBrief): string {
  if (setup.steps.length === 0) return '';
  return `They are installed, and there is no network. If you change what is needed, change the manifest; lock files are made anew by the engine.\n${list(setup.steps.map((step) => `\`${step.command}\` in ${step.folder}`))}`;
}

function section(title: string, body: string): string {
  return body.trim() === '' ? '' : `## ${title}\n${body.trim()}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
