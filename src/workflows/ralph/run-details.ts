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

/** Stories in words of at most so many characters, so that some dozen fit. */
const TITLE_LIMIT = 60;
const STORY_REASON_LIMIT = 80;

/** Shows in Temporal's web interface how the run stands: what it waits for, what it cost, and each story. */
export function showRun(record: RunRecord): void {
  const { options, stories, standstill } = record;
  const done = stories.filter((entry) => isSatisfied(entry.status)).length;
  showDetails(`${record.status}: ${done} of ${stories.length} stories done`, [
    {
      lines: [
        `${markdownText(record.project, TITLE_LIMIT)}: ${markdownText(record.feature, TITLE_LIMIT)}`,
        record.reason === '' ? undefined : `**why** ${reasonLine(record.reason)}`,
        waitLine(standstill),
        spendingLine(runSpending(record)),
        budgetLine(options.budget, 'limit'),
        options.until === null ? undefined : `**until** ${markdownText(options.until)}`,
        `**attempts** at most ${options.maxAttempts} a story, ${options.maxIterations} in all`,
        `**branch** ${markdownCode(record.publishedBranch ?? record.branch)}`,
        `**run** ${markdownCode(record.runId)}`,
      ],
    },
    { heading: 'Stories', lines: storyLines(stories, 'stories', storyLine) },
  ]);
}

function storyLine(entry: StoryRecord): string {
  const { story, status, attempts, reason } = entry;
  const running = status === 'running' ? 1 : 0;
  const count = attempts.length + running;
  const facts = [
    `**${status.replaceAll('_', ' ')}**`,
    ...(count === 0 ? [] : [`attempt ${count}`]),
    ...(reason === '' || isSatisfied(status) ? [] : [markdownText(reason, STORY_REASON_LIMIT)]),
  ];
  return `${markdownCode(story.id, TITLE_LIMIT)} ${markdownText(story.title, TITLE_LIMIT)}: ${facts.join(', ')}`;
}
