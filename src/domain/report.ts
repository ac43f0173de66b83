import { formatModelReference } from './model.js';
import { runSpending, storySpending, toUsd, type RunRecord, type StoryRecord } from './run.js';

/** The run as a Markdown page for the morning: result, stories with evidence, spending. Pure. */
export function renderReport(record: RunRecord): string {
  const spending = runSpending(record);
  const lines = [
    `# ${record.project}: ${record.feature}`,
    '',
    `**${record.status}**: ${record.reason}.`,
    '',
    `- Run: \`${record.runId}\``,
    `- Branch: \`${record.publishedBranch ?? record.branch}\`${record.publishedBranch === null ? ' (nothing published)' : ''}`,
    `- Commits: \`${record.baseCommit.slice(0, 12)}\` to \`${record.headCommit.slice(0, 12)}\``,
    `- Model: \`${formatModelReference(record.options.model)}\``,
    `- Sandbox: ${record.sandbox === '' ? 'not reached' : record.sandbox}`,
    `- Time: ${record.startedAt} to ${record.endedAt ?? 'now'}`,
    `- Model calls: ${spending.modelCalls}, repeated after a crash: ${spending.repeatedModelCalls}`,
    `- Tokens: ${spending.usage.inputTokens} in (${spending.usage.cachedInputTokens} cached), ${spending.usage.outputTokens} out`,
    `- Cost: ${formatUsd(toUsd(spending.costMicroUsd))}`,
    ...record.notes.map((note) => `- Note: ${note}`),
    '',
    '## Stories',
    '',
    '| story | status | attempts | commit | tokens in / out | cost |',
    '|---|---|---|---|---|---|',
    ...record.stories.map(storyRow),
    '',
    ...record.stories.flatMap(storySection),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** `$0.0042`, or `unknown` for a price that nobody knows. */
export function formatUsd(usd: number | null): string {
  return usd === null ? 'unknown' : `$${usd.toFixed(4)}`;
}

function storyRow(entry: StoryRecord): string {
  const spending = storySpending(entry);
  const cells = [
    `${entry.story.id} ${entry.story.title}`,
    entry.status,
    String(entry.attempts.length),
    entry.commit === null ? '' : `\`${entry.commit.slice(0, 10)}\``,
    `${spending.usage.inputTokens} / ${spending.usage.outputTokens}`,
    formatUsd(toUsd(spending.costMicroUsd)),
  ];
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
}

function storySection(entry: StoryRecord): string[] {
  if (entry.attempts.length === 0) return [];
  const lines = [
    `### ${entry.story.id} ${entry.story.title}`,
    '',
    `${entry.status}: ${entry.reason}.`,
    '',
  ];
  for (const attempt of entry.attempts) {
    lines.push(`Attempt ${attempt.number}: ${attempt.outcome}, ${attempt.reason}.`, '');
    if (attempt.summary !== '') lines.push(attempt.summary, '');
    for (const evidence of attempt.evidence) {
      const end = evidence.isTimedOut ? 'timed out' : `exit ${evidence.exitCode ?? 'none'}`;
      const how = evidence.definitions === 'base' ? ', base definitions' : '';
      lines.push(
        `- ${evidence.check}: \`${evidence.command}\`, ${end}, tree \`${evidence.tree.slice(0, 10)}\`${how}`,
      );
    }
    if (attempt.evidence.length > 0) lines.push('');
    if (attempt.changedDefinitions.length > 0) {
      lines.push(`Changed check definitions: ${attempt.changedDefinitions.join(', ')}`, '');
    }
  }
  return lines;
}
