import type { RlmActivities } from '../../src/activities/rlm/rlm-activities.js';
import type { CellResult } from '../../src/activities/rlm/run-cell.js';
import { openRlmState, type RlmState } from '../../src/domain/rlm/rlm-task.js';
import { fakeRef, fakeReply } from './fake-activities.js';

/** Where an attempt before had come to, as the activity says it. */
export type Mark = Awaited<ReturnType<RlmActivities['findReplMark']>>;

/** What is known of the attempt before by whoever asks again. */
export const EARLIER = {
  context: fakeRef(60),
  journal: null,
  questions: [],
  place: '1',
  attempts: 1,
};

/** A message that holds code. */
export const says = () => fakeReply({ finishReason: 'stop', calls: [], preview: '```js …' });

/** A cell that had ended. */
export const CELL: CellResult = {
  journal: fakeRef(40),
  stateHash: 'before',
  isDone: true,
  requests: [],
  output: { ref: fakeRef(41), preview: 'shown before' },
  isError: false,
  hasLooked: true,
  isProse: false,
  final: null,
};

/** Two messages were paid; the second one's cell had begun. */
const RLM: RlmState = {
  ...openRlmState({ journal: fakeRef(39) } as never),
  iterations: 2,
  subQueries: 3,
};

/** What an attempt before had come to. */
export function stood(
  fields: Partial<NonNullable<Mark['turn']>> = {},
  answers: Mark['answers'] = [],
): Mark {
  const turn = { reply: says(), rlm: RLM, pending: [], cell: null, ...fields };
  return { turn, journal: fakeRef(40), answers };
}
