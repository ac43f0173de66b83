import { InvalidInputError, type Check } from '../../domain/index.js';
import { findExecutable, minimalEnvironment, runProcess } from '../../platform/index.js';

const PROBE_TIMEOUT_MS = 10_000;

/** Words that bash itself understands; they are never looked up. */
const SHELL_WORDS = new Set(
  '! { ( [ [[ : . alias bg cd case command declare echo eval exec exit export false for function if kill local printf pwd read return set shift source test time trap true type ulimit umask unset until wait while'.split(
    ' ',
  ),
);

/**
 * Throws `ERR_CHECK_SYNTAX` or `ERR_CHECK_COMMAND_MISSING` (exit 2) for a check that bash cannot even start. A program given
 * by path is not looked up: a story may be the one that writes it.
 */
export async function assertChecksCanStart(checks: readonly Check[], cwd: string): Promise<void> {
  for (const check of checks) {
    await assertSyntax(check, cwd);
    const program = firstWord(check.command);
    if (program === undefined || SHELL_WORDS.has(program) || findExecutable(program) !== undefined)
      continue;
    throw new InvalidInputError('ERR_CHECK_COMMAND_MISSING', {
      message: `check ${check.name} starts with "${program}", which is not installed here`,
      where: { field: `quality_checks.${check.name}` },
      hint: `install ${program}, or correct the command: ${check.command}`,
    });
  }
}

async function assertSyntax(check: Check, cwd: string): Promise<void> {
  const result = await runProcess({
    command: 'bash',
    args: ['-n', '-c', check.command],
    cwd,
    env: minimalEnvironment(),
    timeoutMs: PROBE_TIMEOUT_MS,
    maxOutputBytes: 2048,
  });
  if (result.exitCode === 0) return;
  throw new InvalidInputError('ERR_CHECK_SYNTAX', {
    message: `bash cannot read check ${check.name}: ${result.output.head.trim()}`,
    where: { field: `quality_checks.${check.name}` },
    hint: `correct the command: ${check.command}`,
  });
}

/** The program that a command line starts, behind variable assignments; undefined when that cannot be told. */
export function firstWord(command: string): string | undefined {
  const words = command.trim().split(/\s+/);
  const word = words.find((candidate) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(candidate));
  return word !== undefined && /^[A-Za-z0-9_.+-]+$/.test(word) ? word : undefined;
}
