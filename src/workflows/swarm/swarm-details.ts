import {
  isSatisfied,
  markdownCode,
  markdownText,
  runSpending,
  type RunRecord,
  type StoryRecord,
} from '../../domain/index.js';
import {
  budgetLine,
  reasonLine,
  showDetails,
  spendingLine,
  storyLines,
  waitLine,
} from '../lib/current-details.js';

const TITLE_LIMIT = 60;

/** Shows in Temporal's web interface how the swarm stands: counts, spending, each subtask with what it waits for. */
export function showSwarm(record: RunRecord): void {
  const { options, stories, swarm } = record;
  const done = stories.filter(({ status }) => isSatisfied(status)).length;
  const running = stories.filter(({ status }) => status === 'running').length;
  const title =
    stories.length === 0
      ? `${record.status}: plans`
      : `${record.status}: ${done} of ${stories.length} subtasks done, ${running} at work`;
  showDetails(title, [
    {
      lines: [
        markdownText(record.feature, 200),
        record.reason === '' ? undefined : `**why** ${reasonLine(record.reason)}`,
        waitLine(record.standstill),
        spendingLine(runSpending(record)),
        budgetLine(options.budget, 'limit'),
        `**strategy** ${swarm?.strategy ?? ''}, at most ${options.parallel} at once`,
        swarm?.hasFiles === true
          ? `**branch** ${markdownCode(record.publishedBranch ?? record.branch)}`
          : undefined,
        `**run** ${markdownCode(record.runId)}`,
      ],
    },
    { heading: 'Subtasks', lines: storyLines(stories, 'subtasks', subtaskLine) },
  ]);
}

function subtaskLine({ story, status, reason }: StoryRecord): string {
  const why = reason === '' || isSatisfied(status) ? '' : `, ${markdownText(reason, 80)}`;
  return `${markdownCode(story.id, TITLE_LIMIT)} ${markdownText(story.title, TITLE_LIMIT)}: **${status.replaceAll('_', ' ')}**${why}`;
}
