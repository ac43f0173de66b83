import {
  isSatisfied,
  markdownCode,
  markdownText,
  NO_PHASE,
  runSpending,
  scriptPhases,
  type RunRecord,
  type ScriptFacts,
  type ScriptPhase,
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
const PHASES_SHOWN = 20;

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
        swarm?.script === undefined
          ? `**strategy** ${swarm?.strategy ?? ''}, at most ${options.parallel} at once`
          : scriptLine(swarm.script, options.parallel),
        swarm?.hasFiles === true
          ? `**branch** ${markdownCode(record.publishedBranch ?? record.branch)}`
          : undefined,
        `**run** ${markdownCode(record.runId)}`,
      ],
    },
    { heading: 'Phases', lines: scriptPhases(record).slice(-PHASES_SHOWN).map(phaseLine) },
    {
      heading: swarm?.script === undefined ? 'Subtasks' : 'Agents',
      lines: storyLines(stories, 'subtasks', subtaskLine),
    },
  ]);
}

function scriptLine({ name, state, lines }: ScriptFacts, parallel: number): string {
  const said = lines.at(-1);
  const last = said === undefined ? '' : `; said: ${markdownText(said, 120)}`;
  return `**script** ${markdownText(name, TITLE_LIMIT)}, ${state}, at most ${parallel} agents at once${last}`;
}

function phaseLine({ title, agents, running, done, failed }: ScriptPhase): string {
  const name = title === NO_PHASE ? 'without a phase' : markdownText(title, TITLE_LIMIT);
  return `${name}: **${done} of ${agents} done**, ${running} at work, ${failed} not done`;
}

function subtaskLine({ story, status, reason }: StoryRecord): string {
  const why = reason === '' || isSatisfied(status) ? '' : `, ${markdownText(reason, 80)}`;
  return `${markdownCode(story.id, TITLE_LIMIT)} ${markdownText(story.title, TITLE_LIMIT)}: **${status.replaceAll('_', ' ')}**${why}`;
}
