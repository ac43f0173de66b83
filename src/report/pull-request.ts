import {
  isPassing,
  formatModelReference,
  runSpending,
  type RunRecord,
  type StoryRecord,
  isSatisfied,
  visibleLine,
} from '../domain/index.js';
import { formatCost, formatRunTime, inWords, sentence } from './format.js';
import { assumptionLines, outsideLines } from './questions.js';
import { canaryModeWords } from './proof-words.js';

/** Title and body of a pull request. */
export interface PullRequestText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

const TITLE_LIMIT = 120;

/** The run as a pull request: what it does, which stories, how it was checked. Pure. */
export function renderPullRequest(record: RunRecord): PullRequestText {
  const spending = runSpending(record);
  const canaries = canaryModeWords(record);
  const brought = record.stories.filter((entry) => entry.commit !== null);
  const open = record.stories.filter((entry) => !isSatisfied(entry.status));
  const changed = [
    ...new Set(brought.flatMap((entry) => entry.attempts.at(-1)?.changedDefinitions ?? [])),
  ];
  const lines = [
    '## Stories',
    '',
    ...brought.flatMap(storyLines),
    ...(open.length === 0 ? [] : ['', '## Not in this pull request', '', ...open.map(openLine)]),
    '',
    '## How it was checked',
    '',
    'Each commit is exactly a tree on which these commands ended with exit code 0:',
    '',
    ...checkLines(record),
    ...(canaries === undefined ? [] : ['', `Canaries: ${canaries}.`]),
    ...flagLines(brought),
    ...assumedLines(brought),
    ...decidedLines(brought),
    ...(changed.length === 0
      ? []
      : [
          '',
          `**Look at these**: tests or check settings that stories changed: ${changed.map((path) => `\`${visibleLine(path)}\``).join(', ')}`,
        ]),
    '',
    `Run \`${record.runId}\` with ${formatModelReference(record.options.model)}: ${spending.modelCalls} model calls, ${spending.usage.inputTokens} tokens in, ${spending.usage.outputTokens} out, cost ${formatCost(spending.costMicroUsd)}, ${formatRunTime(record)}.`,
  ];
  const title = visibleLine(record.feature).slice(0, TITLE_LIMIT);
  return { title, body: `${lines.join('\n')}\n` };
}

/** What agents decided that a person was asked for. */
function assumedLines(stories: readonly StoryRecord[]): string[] {
  const lines = assumptionLines(stories);
  return lines.length === 0
    ? []
    : ['', '**Assumed**', '', ...lines.map((line) => `- ${inert(line)}`)];
}

/** New dependencies and the like, which a reviewer decides about. */
function decidedLines(stories: readonly StoryRecord[]): string[] {
  const lines = outsideLines(stories);
  return lines.length === 0
    ? []
    : ['', '**Decided beyond the stories**', '', ...lines.map((line) => `- ${inert(line)}`)];
}

/** What a reviewer should look at before everything else. */
function flagLines(stories: readonly StoryRecord[]): string[] {
  const flags = stories.flatMap(({ story, attempts }) =>
    (attempts.at(-1)?.trial?.flags ?? []).map(({ text }) => `- ${inert(story.id)}: ${inert(text)}`),
  );
  return flags.length === 0 ? [] : ['', '**Passed, with flags**:', '', ...flags];
}

function storyLines(entry: StoryRecord): string[] {
  const { story, commit } = entry;
  const summary = inert(entry.attempts.at(-1)?.summary ?? '');
  return [
    `- **${inert(story.id)}** ${inert(story.title)} (${commit?.slice(0, 10) ?? ''})`,
    ...(summary === '' ? [] : [`  ${summary}`]),
  ];
}

function openLine(entry: StoryRecord): string {
  return `- ${inert(entry.story.id)} ${inert(entry.story.title)}: ${inWords(entry.status)}${entry.reason === '' ? '' : `, ${inert(sentence(entry.reason))}`}`;
}

function checkLines(record: RunRecord): string[] {
  const evidence = record.stories
    .filter((entry) => entry.commit !== null)
    .flatMap((entry) => entry.attempts.at(-1)?.evidence ?? [])
    .filter(isPassing);
  const commands = [
    ...new Set(
      evidence.map(({ check, command }) => `- ${visibleLine(check)}: \`${visibleLine(command)}\``),
    ),
  ];
  return commands.length === 0 ? ['- none'] : commands;
}

/** One line in which nothing addresses people or closes issues: it was written by a model, and the forge would obey. */
function inert(text: string): string {
  return visibleLine(text)
    .replaceAll('<', '&lt;')
    .replace(/[@#](?=\w)/g, '$&\u200b');
}
