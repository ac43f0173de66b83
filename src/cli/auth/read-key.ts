import { InvalidInputError } from '../../domain/index.js';
import { createOutput } from '../output.js';

/** Shorter is no key of any provider; our redaction leaves such values alone. */
const SHORTEST = 8;
const LONGEST = 4096;

/**
 * The key that a person types without seeing it, or that standard input holds; never from the arguments, which other users
 * of the machine can see. Throws `ERR_KEY_INVALID` (exit 2) without quoting it.
 */
export async function readKey(provider: string): Promise<string> {
  const typed = process.stdin.isTTY
    ? await promptHidden(`API key of ${provider} (not shown): `)
    : await pipedKey(provider);
  return checkKey(typed.trim(), provider);
}

async function pipedKey(provider: string): Promise<string> {
  const { readStreamBounded } = await import('../../platform/light/index.js');
  const text = await readStreamBounded(process.stdin, 2 * LONGEST);
  return text ?? checkKey('x'.repeat(LONGEST + 1), provider);
}

/** The key itself, or `ERR_KEY_INVALID` for what cannot be one. */
export function checkKey(key: string, provider: string): string {
  const problem =
    key === ''
      ? 'it is empty'
      : /[^\x21-\x7e]/.test(key)
        ? 'it holds blanks, line breaks or characters beyond ASCII'
        : key.length < SHORTEST
          ? `it has fewer than ${SHORTEST} characters`
          : key.length > LONGEST
            ? `it has more than ${LONGEST} characters`
            : undefined;
  if (problem === undefined) return key;
  throw new InvalidInputError('ERR_KEY_INVALID', {
    message: `this is no API key of ${provider}: ${problem}`,
    where: { field: 'standard input' },
    hint: `codetether auth set ${provider}   and paste it, or: codetether auth set ${provider} < FILE`,
  });
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u007f', '\b'];

/** Reads one line of a terminal with its echo off. Ctrl+C ends the command like an interrupt. */
function promptHidden(question: string): Promise<string> {
  const { stdin } = process;
  const output = createOutput();
  output.question(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    let line = '';
    const end = (): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      output.question('\n');
    };
    const onData = (data: string): void => {
      for (const character of data) {
        if (character === CTRL_C) {
          end();
          process.kill(process.pid, 'SIGINT');
          return;
        }
        if (character === '\r' || character === '\n' || character === CTRL_D) {
          end();
          resolve(line);
          return;
        }
        line = BACKSPACES.includes(character) ? line.slice(0, -1) : line + character;
      }
    };
    stdin.on('data', onData);
  });
}
