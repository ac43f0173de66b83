import type { StoryInput } from '../../contracts/index.js';
import { verificationRuns, type VerificationRun } from '../../domain/index.js';

/** What a story's prompt is made of, besides the story itself. */
export interface PromptMaterial {
  /** Text of the nearest AGENTS.md, with its path; undefined when there is none. */
  readonly guide: { readonly path: string; readonly text: string } | undefined;
  /** Named agents, skills and instructions of people's own; absent or empty = none. */
  readonly defined?: string;
  /** Patterns section and end of progress.txt; empty on the first run. */
  readonly progress: string;
  /** Latest commits with the files they changed. */
  readonly history: string;
  /** What stood in the way of the attempt before; empty on the first. */
  readonly feedback: string;
}

/** The task of one attempt, as the agent reads it. Pure; the same input gives the same bytes. */
export function renderStoryPrompt(input: StoryInput, material: PromptMaterial): string {
  const { story } = input;
  return [
    `# ${story.id}: ${story.title}`,
    `Attempt ${input.attempt} at ${story.id}. Project: ${input.project}. Feature: ${input.feature}.`,
    story.description,
    section('Acceptance criteria', list(story.acceptanceCriteria)),
    section('Technical requirements', list(input.technicalRequirements)),
    section(
      'Checks',
      input.checks.length === 0
        ? ''
        : `When you are done, the engine runs these on a clean checkout of your files. All must exit with 0. Tests and check scripts that exist already must keep passing as they are.\n${list(input.checks.map((check) => `${check.name}: \`${check.command}\`${isNew(input, check.command) ? ' (does not exist yet: it must pass from the story on that creates it)' : ''}`))}`,
    ),
    section('Verification steps of this story', verification(story.verificationSteps)),
    section('Dependencies', dependencies(input.setup)),
    section(`Project guide (${material.guide?.path ?? ''})`, material.guide?.text ?? ''),
    material.defined ?? '',
    section('Latest commits', material.history),
    section('Notes of earlier agents (progress.txt)', material.progress),
    section('What the attempt before this one was missing', material.feedback),
    section('Merge conflict', conflictText(input.conflict?.files ?? [])),
    'Implement this story only. Do not commit: the engine commits what its checks prove. Do not edit the PRD or progress.txt. End with story_done.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** True for a check that nothing in the repository answers to so far; unknown in inputs of earlier versions. */
function isNew({ existing }: StoryInput, command: string): boolean {
  return existing !== undefined && !existing.includes(command);
}

function conflictText(files: readonly string[]): string {
  if (files.length === 0) return '';
  return `The work on this story is done, but other stories changed the same places meanwhile. These files have conflict marks (<<<<<<<, =======, >>>>>>>): the first side is what landed, the second is this story's work. Edit them so that both changes stay, remove every mark, change nothing else, and end with story_done.\n${list(files)}`;
}

function verification(steps: StoryInput['story']['verificationSteps']): string {
  if (steps.length === 0) return '';
  return `They run after the checks and must hold as well.\n${list(verificationRuns(steps).map((run) => `${run.name}: \`${run.command}\`${expectation(run)}`))}`;
}

function expectation(run: VerificationRun): string {
  if (run.type === 'url') {
    const { expectStatus, expectBodyContains } = run.step;
    return ` answers ${expectStatus}${quoted(' with', expectBodyContains)}`;
  }
  if (run.type === 'file_exists') return '';
  const { expectOutputContains, expectFilesGlob } = run.step;
  return `${quoted(', output has', expectOutputContains)}${quoted(', files exist:', expectFilesGlob)}`;
}

function quoted(words: string, texts: readonly string[]): string {
  return texts.length === 0
    ? ''
    : `${words} ${texts.map((text) => JSON.stringify(text)).join(', ')}`;
}

function dependencies({ steps }: StoryInput['setup']): string {
  if (steps.length === 0) return '';
  const commands = list(steps.map((step) => `\`${step.command}\` in ${step.folder}`));
  return `They are installed, and there is no network. If you change what is needed, change manifest and lock file; these commands run on a clean checkout before the checks:\n${commands}`;
}

function section(title: string, body: string): string {
  return body.trim() === '' ? '' : `## ${title}\n${body.trim()}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
