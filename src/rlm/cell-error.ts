import { InfrastructureError, InvalidInputError } from '../domain/light/index.js';

/** A cell asks for what it cannot have. It is an error of the language to the cell, and nothing more to anybody else. */
export class CellError extends InvalidInputError {
  constructor(message: string) {
    super('ERR_RLM_CELL', { message, hint: 'the code of the cell can catch it and ask for less' });
  }
}

/** A cell goes on for ever in a way that cannot be ended from inside: its REPL is of no use any more. */
export class RunawayError extends CellError {}

/** A stored block is not what it was: nothing that is found in the input counts any more. */
export class BlockDamagedError extends InfrastructureError {
  constructor(digest: string, what: string) {
    super('ERR_RLM_ENGINE', {
      message: `block ${digest.slice(0, 12)} of the stored input ${what}`,
      hint: 'restore the blob store from a backup, then codetether rlm retry RUN',
      isRetryable: false,
    });
  }
}
