import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ownTimers,
  SharedTimer,
  type Timed,
  type WorkingTime,
} from '../../../../src/workflows/swarm/working-time.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const LIMIT_MS = 1000;

/** Somebody who works, and whether it was ended. */
class Played implements Timed {
  isOver = false;
  isStanding = false;
  wasEnded = false;

  stands(): boolean {
    return this.isStanding;
  }

  end(): void {
    this.wasEnded = true;
    this.isOver = true;
  }
}

/** What happens at each pause of a played workflow, and the pauses that it asked for. */
async function play(
  time: WorkingTime,
  workers: readonly Played[],
  steps: readonly (() => void)[],
): Promise<readonly (number | null)[]> {
  const left = [...steps];
  played.pauses.length = 0;
  played.onPause = () => {
    left.shift()?.();
    const asked = played.pauses.at(-1) ?? null;
    // the clock moves on by what was waited for, unless somebody came between
    if (asked !== null && !workers.some(({ isOver }) => isOver)) vi.advanceTimersByTime(asked);
  };
  for (const worker of workers) time.watch(worker);
  await vi.waitFor(() => expect(left).toEqual([]));
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  return [...played.pauses];
}

beforeEach(() => {
  played.patience = 0;
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
  return () => vi.useRealTimers();
});

describe.each([
  ['a timer for each', () => ownTimers(LIMIT_MS)],
  ['a timer for all', () => new SharedTimer(LIMIT_MS)],
])('%s', (_name, open) => {
  it('ends who works longer than the limit', async () => {
    const late = new Played();
    await play(open(), [late], [() => undefined]);
    expect(late.wasEnded).toBe(true);
  });

  it('ends nobody who was over in time', async () => {
    const early = new Played();
    await play(
      open(),
      [early],
      [
        () => {
          early.isOver = true;
          vi.advanceTimersByTime(LIMIT_MS);
        },
      ],
    );
    expect(early.wasEnded).toBe(false);
  });

  it('does not count what somebody stands still', async () => {
    const waits = new Played();
    waits.isStanding = true;
    const pauses = await play(
      open(),
      [waits],
      [
        () => {
          vi.advanceTimersByTime(10 * LIMIT_MS);
          waits.isStanding = false;
        },
        () => undefined,
      ],
    );
    expect(pauses).toEqual([null, LIMIT_MS]);
    expect(waits.wasEnded).toBe(true);
  });
});

describe('a timer for all', () => {
  it('is one, for whoever is late first', async () => {
    const workers = [new Played(), new Played(), new Played()];
    // all begin before anything happens
    played.patience = 3;
    const pauses = await play(new SharedTimer(LIMIT_MS), workers, [() => undefined]);
    expect(pauses).toEqual([LIMIT_MS]);
    expect(workers.map(({ wasEnded }) => wasEnded)).toEqual([true, true, true]);
  });
});
