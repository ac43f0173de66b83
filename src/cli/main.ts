import { readFileSync, statSync } from 'node:fs';
import { processEnvironment } from '../config/index.js';
import { withDefaultCommand } from './default-command.js';
import { presentFailure } from './failure.js';
import { createOutput } from './output.js';
import { createProgram } from './program.js';

/** Runs one command line (`process.argv`) and sets the exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const typed = argv.slice(2);
  const output = createOutput();
  // a reader that leaves early (`| head`) is no error
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  });
  const program = createProgram(ownVersion());
  const hasServer = (processEnvironment()['CODETETHER_SERVER'] ?? '') !== '';
  const words = withDefaultCommand(typed, {
    hasServer,
    isTerminal: process.stdin.isTTY && process.stdout.isTTY,
    isProject: (word) => isFolder(word) && !program.commands.some((known) => known.name() === word),
  });
  if (words === undefined) {
    output.note(program.helpInformation());
    process.exitCode = 2;
    return;
  }
  try {
    await program.parseAsync([...argv.slice(0, 2), ...words]);
  } catch (error) {
    const isDebug = words.includes('--debug');
    process.exitCode = presentFailure(error, output, { isDebug, isJson: words.includes('--json') });
  }
}

/** False for what names nothing that can be looked at, such as a word with a zero byte. */
function isFolder(word: string): boolean {
  try {
    return statSync(word).isDirectory();
  } catch {
    return false;
  }
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
