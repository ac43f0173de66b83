import { firstNames, isSatisfied, shortLine, type StoryRecord } from '../../domain/index.js';
import type { Coordinator } from './coordinator.js';
import { spendingOf } from './own-calls.js';
import type { SwarmState } from './swarm-state.js';

/** Subtasks that one joined answer names; the rest is counted. */
const JOINED_LIMIT = 400;
/** One message carries all results: names of files, and why one is missing, are cut to what is shown of them. */
const FILES_SHOWN = 20;
const FILE_CHARACTERS = 400_000;
const REASON_LIMIT = 500;

/** One answer from the results of all subtasks; a table is written instead. What one alone said stands for itself. */
export async function joinResults(state: SwarmState, swarm: Coordinator): Promise<void> {
  if (state.input.rows !== undefined) return saveRows(state);
  const { stories } = state.record;
  const ended = stories.filter(({ attempts }) =>
    attempts.some(({ conversation }) => conversation !== undefined),
  );
  const [only] = stories;
  if (ended.length === 0) return;
  if (stories.length === 1 && only !== undefined) {
    const last = only.attempts.at(-1);
    if (last?.conversation !== undefined)
      state.set({ answer: { ref: last.conversation, preview: last.summary } });
    return;
  }
  const key = state.steps.nextKey();
  const { model, contextWindow } = state.input.options;
  const share = Math.floor(FILE_CHARACTERS / Math.min(JOINED_LIMIT, stories.length));
  const joined = await swarm.calls.pay('join', 1, (budget) =>
    state.steps.run('joinResults', {
      who: 'answer',
      key,
      summary: `joins ${ended.length} results`,
      args: {
        model,
        contextWindow,
        task: state.input.task,
        subtasks: stories.slice(0, JOINED_LIMIT).map((entry) => resultOf(entry, share)),
        left: Math.max(0, stories.length - JOINED_LIMIT),
        ...(budget === undefined ? {} : { budget }),
      },
    }),
  );
  state.addOverhead(spendingOf(joined));
  state.set({ answer: { ref: joined.answer, preview: joined.preview } });
  state.events.add('run.note', {
    text: `joined ${ended.length} results`,
    data: { input: joined.input },
  });
  await state.save();
}

function resultOf({ story, status, reason, attempts }: StoryRecord, characters: number) {
  const last = attempts.findLast(({ conversation }) => conversation !== undefined);
  return {
    id: story.id,
    title: story.title,
    status: isSatisfied(status) ? 'done' : status.replaceAll('_', ' '),
    reason: isSatisfied(status) ? '' : shortLine(reason, REASON_LIMIT),
    conversation: last?.conversation ?? null,
    files: firstNames(last?.changedFiles ?? [], { most: FILES_SHOWN, characters }),
    fileCount: last?.cut?.files ?? last?.changedFiles.length ?? 0,
  };
}

async function saveRows(state: SwarmState): Promise<void> {
  const { rows } = state.input;
  if (rows === undefined) return;
  const { output, table, columns } = rows;
  const { stories } = state.record;
  await state.steps.run('saveRows', {
    who: 'rows',
    summary: `writes ${stories.length} rows`,
    args: {
      output,
      table,
      columns,
      rows: stories.map(({ status, reason, attempts }) => ({
        answer: isSatisfied(status) ? (attempts.at(-1)?.conversation ?? null) : null,
        status: isSatisfied(status) ? 'done' : status,
        reason: isSatisfied(status) ? '' : shortLine(reason, REASON_LIMIT),
      })),
    },
  });
  state.events.add('run.note', { text: `${stories.length} rows written to ${output}` });
}
