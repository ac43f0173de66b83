import { InvalidInputError, type Check, type Story } from '../../domain/index.js';
import { findExecutable, minimalEnvironment, runProcess } from '../../platform/index.js';

const PROBE_TIMEOUT_MS = 10_000;

/** Words that bash itself understands; they are never looked up. */
export const SHELL_WORDS = new Set(
  '! { ( [ [[ : . alias bg cd case command declare echo eval exec exit export false for function if kill local printf pwd read return set shift source test time trap true type ulimit umask unset until wait while'.split(
    ' ',
  ),
);

/** What is said about a command that cannot start. */
export interface CommandComplaint {
  /** Code when bash cannot read it. */
  readonly syntaxCode: string;
  /** Code when its program is missing; absent = programs are not looked up. */
  readonly missingCode?: string;
  /** For example `check lint`. */
  readonly what: string;
  readonly field: string;
  readonly story?: string;
  /** What else can be done about a missing program. */
  readonly advice?: string;
}

/**
 * Throws `ERR_CHECK_SYNTAX` or `ERR_CHECK_COMMAND_MISSING` (exit 2) for a check that bash cannot even start. A program given
 * by path is not looked up: a story may be the one that writes it; nor is that of a check which `mayLackProgram` names.
 */
export async function assertChecksCanStart(
  checks: readonly Check[],
  cwd: string,
  options: { readonly mayLackProgram?: (check: Check) => boolean } = {},
): Promise<void> {
  const { mayLackProgram = () => false } = options;
  for (const check of checks) {
    await assertCommandStarts(check.command, cwd, {
      syntaxCode: 'ERR_CHECK_SYNTAX',
      ...(mayLackProgram(check) ? {} : { missingCode: 'ERR_CHECK_COMMAND_MISSING' }),
      what: `check ${check.name}`,
      field: fieldOf(check),
    });
  }
}

/** Throws `ERR_CHECK_SYNTAX` (exit 2) for a shell step of a story that bash cannot read. */
export async function assertStepsCanStart(stories: readonly Story[], cwd: string): Promise<void> {
  for (const story of stories) {
    for (const [index, step] of story.verificationSteps.entries()) {
      if (step.type !== 'shell') continue;
      await assertCommandStarts(step.command, cwd, {
        syntaxCode: 'ERR_CHECK_SYNTAX',
        what: `verification step ${step.name ?? index + 1}`,
        field: `verification_steps[${index}]`,
        story: story.id,
      });
    }
  }
}

function fieldOf({ name, source }: Check): string {
  if (source === 'flag') return '--check';
  return source === 'config' ? `checks.${name}` : `quality_checks.${name}`;
}

/** Throws InvalidInputError with the complaint's codes for a command that bash cannot read or whose program is missing. */
export async function assertCommandStarts(
  command: string,
  cwd: string,
  complaint: CommandComplaint,
): Promise<void> {
  const { what, missingCode } = complaint;
  const where = { field: complaint.field, story: complaint.story };
  const result = await runProcess({
    command: 'bash',
    args: ['-n', '-c', command],
    cwd,
    env: minimalEnvironment(),
    timeoutMs: PROBE_TIMEOUT_MS,
    maxOutputBytes: 2048,
  });
  if (result.exitCode !== 0) {
    throw new InvalidInputError(complaint.syntaxCode, {
      message: `bash cannot read ${what}: ${result.output.head.trim()}`,
      where,
      hint: `correct the command: ${command}`,
    });
  }
  const program = firstWord(command);
  if (missingCode === undefined || program === undefined) return;
  if (SHELL_WORDS.has(program) || findExecutable(program) !== undefined) return;
  throw new InvalidInputError(missingCode, {
    message: `${what} starts with "${program}", which is not installed here`,
    where,
    hint: `install ${program}, or ${complaint.advice ?? `correct the command: ${command}`}`,
  });
}

/** The program that a command line starts, behind variable assignments; undefined when that cannot be told. */
export function firstWord(command: string): string | undefined {
  const words = command.trim().split(/\s+/);
  const word = words.find((candidate) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(candidate));
  return word !== undefined && /^[A-Za-z0-9_.+-]+$/.test(word) ? word : undefined;
}
