import {
  type Evidence,
  listLeftOut,
  formatModelReference,
  runSpending,
  scriptPhases,
  storySpending,
  type AttemptRecord,
  type RunRecord,
  type StoryRecord,
  visible,
} from '../domain/index.js';
import {
  afterTheEnd,
  attemptTitle,
  branchesOf,
  evidenceWord,
  excerptOf,
  formatCost,
  formatDuration,
  formatOutcome,
  formatRunTime,
  formatTime,
  inWords,
  nextSteps,
  sentence,
  storyDurationMs,
  type OutputExcerpts,
} from './format.js';
import { phaseWords } from './script-run.js';
import {
  assumptionLines,
  denialLines,
  outsideLines,
  questionLines,
  reachLines,
} from './questions.js';
import { canaryModeWords, flaggedFirst, isFlagged, trialLines } from './proof-words.js';

const FILES_SHOWN = 20;

/**
 * The run as a Markdown page for the morning: result, how to go on, stories with evidence, spending. Pure; `outputs` adds the
 * ends of what checks printed.
 */
export function renderReport(record: RunRecord, outputs: OutputExcerpts = new Map()): string {
  const lines = [
    `# ${oneLine(record.project)}: ${oneLine(record.feature)}`,
    '',
    `**${inWords(record.status)}**${record.reason === '' ? '' : `: ${oneLine(sentence(record.reason))}`}`,
    '',
    ...afterTheEnd(record).flatMap((text) => [text, '']),
    ...questionPart(record),
    ...goOn(record),
    ...answerPart(record),
    '## Run',
    '',
    ...facts(record),
    '',
    record.kind === 'swarm' ? '## Subtasks' : '## Stories',
    '',
    '| story | status | attempts | commit | time | tokens in / out | cost |',
    '|---|---|---|---|---|---|---|',
    ...flaggedFirst(record.stories).map(storyRow),
    '',
    ...flaggedFirst(record.stories).flatMap((entry) => storySection(entry, outputs)),
    ...baseline(record, outputs),
  ];
  const isDouble = (line: string, index: number): boolean => line === '' && lines[index - 1] === '';
  const text = lines.filter((line, index) => !isDouble(line, index)).join('\n');
  return `${visible(text).trimEnd()}\n`;
}

/** What people have to decide, before everything else. */
/** Said above what agents reached for: it is a reading of their calls, and not what holds them. */
const REACHED =
  'Calls that asked for more than an agent may have. The sandbox does not rest on this list; look at what told the agent to make them.';

function questionPart(record: RunRecord): string[] {
  const asked = questionLines(record);
  const assumed = assumptionLines(record.stories);
  const outside = outsideLines(record.stories);
  const denied = denialLines(record.stories);
  const reached = reachLines(record.stories);
  return [
    ...(asked.length === 0 ? [] : ['## Questions', '', ...listed(asked), '']),
    ...(assumed.length === 0 ? [] : ['## Assumed', '', ...listed(assumed), '']),
    ...(outside.length === 0 ? [] : ['## Decided beyond the stories', '', ...listed(outside), '']),
    ...(denied.length === 0 ? [] : ['## Refused by rules', '', ...listed(denied), '']),
    ...(reached.length === 0
      ? []
      : ['## Reached beyond the walls', '', REACHED, '', ...listed(reached), '']),
  ];
}

function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${oneLine(line)}`);
}

function goOn(record: RunRecord): string[] {
  const steps = nextSteps(record);
  if (steps.length === 0) return [];
  const width = Math.max(...steps.map(({ command }) => command.length));
  const lines = steps.map(({ command, does }) => `${command.padEnd(width)}  # ${does}`);
  return ['```bash', ...lines, '```', ''];
}

/** What a swarm answered, and who judged it; nothing for other runs. */
function answerPart(record: RunRecord): string[] {
  const { swarm } = record;
  if (swarm === undefined) return [];
  const phases = scriptPhases(record);
  const judges = (swarm.judgements ?? []).map(
    ({ verdict, reason }, index) => `- Judge ${index + 1}: **${verdict}** ${oneLine(reason)}`,
  );
  const checks = (swarm.evidence ?? []).map(
    ({ check, exitCode }) =>
      `- Check ${code(check)} of the merged result: exit ${exitCode ?? 'none'}`,
  );
  return [
    ...(swarm.answer === null ? [] : ['## Answer', '', swarm.answer.preview.trim(), '']),
    ...phases.map((phase) => `- Phase ${oneLine(phaseWords(phase, false))}`),
    ...checks,
    ...judges,
    '',
  ];
}

function facts(record: RunRecord): string[] {
  const spending = runSpending(record);
  const kept = branchesOf(record).slice(record.publishedBranch === null ? 0 : 1);
  const isProof = record.kind === 'proof';
  const canaries = canaryModeWords(record);
  const published = record.publishedBranch === null ? ' (nothing published)' : '';
  return [
    `- Run: ${code(record.runId)}`,
    ...(record.prdPath === '' ? [] : [`- PRD: ${code(record.prdPath)}`]),
    isProof
      ? `- Head: ${code(record.branch)}, base: ${code(record.baseBranch ?? '')}`
      : `- Branch: ${code(record.publishedBranch ?? record.branch)}${published}`,
    ...kept.map(({ name, holds }) => `- Kept branch: ${code(name)}, ${holds}`),
    `- Commits: ${code(record.baseCommit.slice(0, 12))} to ${code(record.headCommit.slice(0, 12))}`,
    isProof ? '- Model: none' : `- Model: ${code(formatModelReference(record.options.model))}`,
    `- Sandbox: ${record.sandbox === '' ? 'not reached' : record.sandbox}`,
    ...(canaries === undefined ? [] : [`- Canaries: ${canaries}`]),
    `- Time: from ${formatTime(record.startedAt)}, ${formatRunTime(record)}`,
    `- Model calls: ${spending.modelCalls}, repeated after a crash: ${spending.repeatedModelCalls}`,
    `- Tokens: ${spending.usage.inputTokens} in (${spending.usage.cachedInputTokens} cached), ${spending.usage.outputTokens} out`,
    `- Cost: ${formatCost(spending.costMicroUsd)}`,
    ...record.notes.map((note) => `- Note: ${oneLine(note)}`),
  ];
}

function storyRow(entry: StoryRecord): string {
  const spending = storySpending(entry);
  const cells = [
    `${entry.story.id} ${entry.story.title}`,
    `${inWords(entry.status)}${isFlagged(entry) ? ' (flagged)' : ''}`,
    String(entry.attempts.length),
    entry.commit === null ? '' : `\`${entry.commit.slice(0, 10)}\``,
    entry.attempts.length === 0 ? '' : formatDuration(storyDurationMs(entry)),
    `${spending.usage.inputTokens} / ${spending.usage.outputTokens}`,
    formatCost(spending.costMicroUsd),
  ];
  return `| ${cells.map((cell) => oneLine(cell).replace(/\|/g, '\\|')).join(' | ')} |`;
}

function storySection(entry: StoryRecord, outputs: OutputExcerpts): string[] {
  if (entry.attempts.length === 0) return [];
  return [
    `### ${oneLine(`${entry.story.id} ${entry.story.title}`)}`,
    '',
    `${inWords(entry.status)}: ${oneLine(sentence(entry.reason))}`,
    '',
    ...entry.attempts.flatMap((attempt) => attemptSection(attempt, outputs)),
  ];
}

function attemptSection(attempt: AttemptRecord, outputs: OutputExcerpts): string[] {
  const lines = [`**${oneLine(attemptTitle(attempt))}**`, ''];
  if (attempt.summary.trim() !== '') lines.push(quote(attempt.summary), '');
  for (const evidence of attempt.evidence) lines.push(...evidenceLines(evidence, outputs));
  if (attempt.evidence.length > 0) lines.push('');
  const trial = trialLines(attempt.trial);
  if (trial.length > 0) lines.push(...trial.map((text) => `- ${oneLine(text)}`), '');
  if (attempt.changedDefinitions.length > 0)
    lines.push(`Changed check definitions: ${attempt.changedDefinitions.map(code).join(', ')}`, '');
  if (attempt.changedFiles.length > 0) {
    const more = attempt.changedFiles.length - FILES_SHOWN;
    const shown = attempt.changedFiles.slice(0, FILES_SHOWN).map(code).join(', ');
    lines.push(`Changed files: ${shown}${more > 0 ? ` and ${more} more` : ''}`, '');
  }
  if (attempt.leftOut !== undefined)
    lines.push(
      `Not in the commit and not there for the checks, because git ignores them: ${oneLine(listLeftOut(attempt.leftOut))}`,
      '',
    );
  if (attempt.learnings.length > 0)
    lines.push('Learned:', '', ...attempt.learnings.map((text) => `- ${oneLine(text)}`), '');
  return lines;
}

function howItRan({ definitions }: Evidence): string {
  if (definitions === 'story') return '';
  return definitions === 'base'
    ? ', with the checks of the base'
    : ', with tests and values of the base and its own configuration';
}

function evidenceLines(evidence: Evidence, outputs: OutputExcerpts): string[] {
  const how = howItRan(evidence);
  const word = evidenceWord(evidence);
  const mark = word === 'ok' || word === 'absent' ? word : `**${word}**`;
  const line = `- ${mark} ${oneLine(evidence.check)}: ${code(evidence.command)}, ${oneLine(formatOutcome(evidence))}, tree \`${evidence.tree.slice(0, 10)}\`, sandbox ${evidence.sandbox}${how}`;
  const excerpt = excerptOf(evidence, outputs);
  if (excerpt === '') return [line];
  const fence = fenceFor(excerpt);
  return [
    line,
    '',
    ...[`${fence}text`, ...excerpt.split('\n'), fence].map((text) => `  ${text}`),
    '',
  ];
}

function baseline(record: RunRecord, outputs: OutputExcerpts): string[] {
  const evidence = record.baseline?.evidence ?? [];
  if (evidence.length === 0) return [];
  return [
    '## Checks of the base',
    '',
    'Before the first story, on the untouched base:',
    '',
    ...evidence.flatMap((entry) => evidenceLines(entry, outputs)),
    '',
    ...(record.baseline?.cannotFail ?? []).map(
      (name) => `- **Check ${oneLine(name)} cannot fail**: it stays green whatever is wrong`,
    ),
    '',
  ];
}

/** A fence that no line of the text ends. */
function fenceFor(text: string): string {
  const runs = [...text.matchAll(/`{3,}/g)].map((match) => match[0].length);
  return '`'.repeat(Math.max(2, ...runs) + 1);
}

function code(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  return plain.includes('`') ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}

function quote(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `> ${withoutTags(line)}`.trimEnd())
    .join('\n');
}

/** Prose in one line. */
function oneLine(text: string): string {
  return withoutTags(text.replace(/\s+/g, ' ').trim());
}

/** What people and models wrote shows as they wrote it: Markdown would take it for HTML. */
function withoutTags(text: string): string {
  return text.replaceAll('<', '&lt;');
}
