import { InvalidInputError, type RunEvent } from '../../../src/domain/index.js';
import { boardRow, waitingItems } from '../../../src/report/index.js';
import type { BoardDesk } from '../../../src/runs/index.js';
import { reportRun } from '../report-run.js';

/** Id of the run that {@link FakeBoard} has. */
export const BOARD_RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

/** One run in memory, and a note of everything that was asked of it. */
export class FakeBoard implements BoardDesk {
  readonly asked: unknown[][] = [];
  readonly log: RunEvent[] = [];
  record = reportRun();
  /** Thrown by whatever steers, while it is set. */
  refusal: Error | undefined;
  uiUrl: string | null = '/temporal/login?ticket=t';

  overview: BoardDesk['overview'] = () =>
    Promise.resolve({ runs: [boardRow(this.record)], waiting: waitingItems(this.record) });

  page: BoardDesk['page'] = (runId) => this.only(runId, { title: 'a\u202eb <b>', list: [1, null] });

  stamp: BoardDesk['stamp'] = (runId) => this.only(runId, `${this.record.status}`);

  events: BoardDesk['events'] = {
    read: (_runId, offset) =>
      Promise.resolve({ events: this.log.slice(offset), nextOffset: this.log.length, skipped: 0 }),
  };

  diff: BoardDesk['diff'] = (runId, story) => {
    this.asked.push(['diff', story]);
    return this.only(runId, { from: 'a', to: 'b', files: [] });
  };

  report: BoardDesk['report'] = (runId, format) => this.only(runId, `<script>${format}</script>`);

  temporalLink: BoardDesk['temporalLink'] = (runId) => this.only(runId, this.uiUrl);

  requestChanges: BoardDesk['requestChanges'] = async (runId, { story, text, mayStart }) => {
    mayStart();
    return { answer: await this.steer(['changes', runId, story, text]), runId: 'next' };
  };

  readonly steering: BoardDesk['steering'] = {
    answerStory: (...words) => this.steer(['answer', ...words]),
    cancelRun: (...words) => this.steer(['cancel', ...words]).then(() => undefined),
    messageSubtask: (...words) => this.steer(['say', ...words]),
    pauseRun: (...words) => this.steer(['pause', ...words]),
    resumeRun: (...words) => this.steer(['resume', ...words]),
    retryStory: (...words) => this.steer(['retry', ...words]),
    skipStory: (...words) => this.steer(['skip', ...words]),
  };

  private steer(words: unknown[]): Promise<string> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    this.asked.push(words);
    return Promise.resolve(`did ${String(words[0])}`);
  }

  private only<Value>(runId: string, value: Value): Promise<Value> {
    if (runId === BOARD_RUN) return Promise.resolve(value);
    const refusal = { message: `there is no run ${runId}` };
    return Promise.reject(new InvalidInputError('ERR_RUN_NOT_FOUND', refusal));
  }
}
