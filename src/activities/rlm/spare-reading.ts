import { z } from 'zod';
import { CodetetherError, shortLine } from '../../domain/index.js';

/** What is lost or damaged for good; anything else (a vault that is closed, a cancellation) ends or is waited out. */
const LOST: ReadonlySet<string> = new Set([
  'ERR_BLOB_MISSING',
  'ERR_BLOB_CORRUPT',
  'ERR_FILE_UNSUITABLE',
]);
/** Tries of the activity after which a disk that stumbles counts as one that cannot be read. */
const MOST_TRIES = 3;
const WHY_LENGTH = 300;

/** Reading of what the work can do without: whatever is lost or damaged is left out, and the first reason is kept. */
export class SpareReading {
  private readonly attempt: number;
  private reason: string | undefined;

  /** `attempt` = which try of the activity it is, from 1. */
  constructor(attempt: number) {
    this.attempt = attempt;
  }

  /** Why something could not be read; undefined while everything could. */
  get problem(): string | undefined {
    return this.reason;
  }

  /** What `read` gives, or `otherwise` where it cannot be read. */
  async of<Value>(read: () => Promise<Value>, otherwise: Value): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      if (!this.isLost(error)) throw error;
      this.reason ??= shortLine(reasonOf(error), WHY_LENGTH);
      return otherwise;
    }
  }

  private isLost(error: unknown): boolean {
    if (error instanceof CodetetherError) return LOST.has(error.code);
    if (error instanceof z.ZodError || error instanceof SyntaxError) return true;
    return error instanceof Error && 'errno' in error && this.attempt >= MOST_TRIES;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return 'a note of it is not what it was written as';
  return error instanceof Error ? error.message : String(error);
}
