import { createInterface } from 'node:readline/promises';
import { InvalidInputError } from '../domain/index.js';
import type { CommandContext } from './context.js';

/** What is asked, and what is said where nobody can answer. */
export interface Confirmation {
  readonly question: string;
  readonly unanswered: string;
  readonly hint?: string;
}

/** Asks at a terminal. Throws `ERR_NOT_CONFIRMED` where nobody can answer. */
export async function isConfirmed(
  { output }: Pick<CommandContext, 'output'>,
  { question, unanswered, hint = 'add --yes' }: Confirmation,
): Promise<boolean> {
  if (!output.isTerminal || process.stdin.isTTY !== true) {
    throw new InvalidInputError('ERR_NOT_CONFIRMED', {
      message: unanswered,
      where: { field: '--yes' },
      hint,
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
