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
  waitLine,
} from '../lib/current-details.js';

/** Stories in words of at most so many characters, so that some dozen fit. */
const TITLE_LIMIT = 60;
const STORY_REASON_LIMIT = 80;
const STORIES_SHOWN = 50;
/** What people look for first. */
const ORDER = ['running', 'failed', 'blocked', 'waiting_on_dependency', 'pending'];

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
    { heading: 'Stories', lines: storyLines(stories) },
  ]);
}

/** Those that somebody may have to look at come first; counted is what does not fit. */
function storyLines(stories: readonly StoryRecord[]): string[] {
  const sorted = [...stories].sort(byInterest);
  const more = sorted.length - STORIES_SHOWN;
  return [
    ...sorted.slice(0, STORIES_SHOWN).map(storyLine),
    ...(more > 0 ? [`${more} more stories`] : []),
  ];
}

function byInterest(left: StoryRecord, right: StoryRecord): number {
  return rank(left) - rank(right);
}

function rank({ status }: StoryRecord): number {
  const place = ORDER.indexOf(status);
  return place === -1 ? ORDER.length : place;
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
