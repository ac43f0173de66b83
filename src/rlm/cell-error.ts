import { InvalidInputError } from '../domain/light/index.js';

/** A cell asks for what it cannot have. It is an error of the language to the cell, and nothing more to anybody else. */
export class CellError extends InvalidInputError {
  constructor(message: string) {
    super('ERR_RLM_CELL', { message, hint: 'the code of the cell can catch it and ask for less' });
  }
}

/** A cell goes on for ever in a way that cannot be ended from inside: its REPL is of no use any more. */
export class RunawayError extends CellError {}
