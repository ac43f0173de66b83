import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { createContext } from '../context.js';
import type { Output } from '../output.js';

const POLL_MS = 300;
const TAIL_BYTES = 256 * 1024;

/** Adds `codetether logs`. */
export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .description('print the logs of supervisor, worker and embedded server')
    .option('-f, --follow', 'go on until Ctrl+C')
    .option('-n, --lines <count>', 'lines of each log', parseCount, 50)
    .addHelpText('after', '\nExamples:\n  codetether logs\n  codetether logs --follow --lines 5')
    .action(async (options: { follow?: boolean; lines: number }, command: Command) => {
      const { output, config } = await createContext(command);
      const { serviceStatus } = await import('../../host/index.js');
      const offsets = new Map<string, number>();
      for (const file of serviceStatus(config.home).logs) {
        const { text, end } = await readFrom(file, null);
        offsets.set(file, end);
        printLines(file, {
          text: text.split('\n').filter(Boolean).slice(-options.lines).join('\n'),
          output,
        });
      }
      while (options.follow === true) {
        await delay(POLL_MS);
        for (const [file, offset] of offsets) {
          const { text, end } = await readFrom(file, offset);
          offsets.set(file, end);
          printLines(file, { text, output });
        }
      }
    });
}

function printLines(
  file: string,
  { text, output }: { readonly text: string; readonly output: Output },
): void {
  const name = basename(file, '.log').padEnd(10);
  for (const line of text.split('\n')) if (line !== '') output.result(`${name} ${line}`);
}

/** Text from `offset`, or the last part when it is null; a log that became shorter was set aside and is read anew. */
async function readFrom(
  file: string,
  offset: number | null,
): Promise<{ text: string; end: number }> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const start = offset === null ? Math.max(0, size - TAIL_BYTES) : offset > size ? 0 : offset;
      const { buffer, bytesRead } = await handle.read({
        buffer: Buffer.alloc(size - start),
        position: start,
      });
      return { text: buffer.toString('utf8', 0, bytesRead), end: start + bytesRead };
    } finally {
      await handle.close();
    }
  } catch {
    return { text: '', end: 0 };
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('expected a whole number above 0');
  return count;
}
