import { fdatasync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

const flushData = promisify(fdatasync);

/** A flush that is under way, and the one behind it. */
interface Turn {
  readonly now: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Brings what was added to files onto the disk, off the thread. One flush of a file goes on at a time, and all who ask meanwhile share the
 * next one: many answers that come at once cost as much as two.
 */
export class SharedFlush {
  private readonly turns = new Map<string, Turn>();
  private readonly flush: (path: string) => Promise<void>;

  /** `flush` is for tests. */
  constructor(flush: (path: string) => Promise<void> = flushFile) {
    this.flush = flush;
  }

  /** Resolves when everything is on disk that the file held when it was asked. */
  of(path: string): Promise<void> {
    const turn = this.turns.get(path);
    if (turn === undefined) return this.begin(path);
    // what the one under way covers was decided when it began
    turn.next ??= turn.now.catch(() => undefined).then(() => this.begin(path));
    return turn.next;
  }

  private begin(path: string): Promise<void> {
    const turn: Turn = { now: this.flush(path), next: undefined };
    this.turns.set(path, turn);
    const leave = (): void => {
      if (turn.next === undefined) this.turns.delete(path);
    };
    turn.now.then(leave, leave);
    return turn.now;
  }
}

async function flushFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await flushData(handle.fd);
  } finally {
    await handle.close();
  }
}
