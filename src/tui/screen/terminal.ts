import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';

/** Rows that ink is told of: it would clear the whole screen, history included, at a region as high as the screen (see ADR 39). */
const ENDLESS_ROWS = 10_000;

/** Where a screen is drawn. */
export interface TerminalStream extends NodeJS.EventEmitter {
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
  write(text: string): boolean;
}

/** Width and height of a terminal that tells neither. */
const USUAL = { columns: 80, rows: 24 };

/** Size of a terminal at this moment. */
export function sizeOf({ columns, rows }: TerminalStream): { columns: number; rows: number } {
  return {
    columns: columns === undefined || columns < 1 ? USUAL.columns : columns,
    rows: rows === undefined || rows < 1 ? USUAL.rows : rows,
  };
}

/**
 * The stream that ink draws on: the terminal without an end. The live region is kept below the real height by {@link liveLines}. A resize
 * is told to ink before the next frame is drawn.
 */
export class EndlessTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly rows = ENDLESS_ROWS;
  readonly writable = true;
  private readonly stream: TerminalStream;
  private readonly onResize = (): void => void this.emit('resize');

  constructor(stream: TerminalStream) {
    super();
    this.stream = stream;
    stream.on('resize', this.onResize);
  }

  get columns(): number {
    return sizeOf(this.stream).columns;
  }

  /** Terminals take what is written at once: whoever waits for it goes on. */
  write(text: string, done?: () => void): boolean {
    const hasRoom = this.stream.write(text);
    if (done !== undefined) setImmediate(done);
    return hasRoom;
  }

  /** Hears of no resize any more. */
  release(): void {
    this.stream.removeListener('resize', this.onResize);
  }

  /** As ink wants it: what of a terminal's stream it uses is all here. */
  forInk(): WriteStream {
    return this as unknown as WriteStream;
  }
}
