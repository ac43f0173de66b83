/** Flags of the platform worker that may stand without a command, as they did in the earlier tool. */
const WORKER_FLAGS = ['-s', '--server', '-t', '--token', '-n', '--name'];
/** Flags of every command that take a value. */
const WITH_VALUE = ['--config', '--temporal-cli', '--log-level'];

/** Where a command line is given. */
export interface Surroundings {
  /** The environment names a server. */
  readonly hasServer: boolean;
  /** A person sits at a terminal. */
  readonly isTerminal: boolean;
  /** True for a word that is no command and names a folder. */
  readonly isProject: (word: string) => boolean;
}

/**
 * The words of a command line with the command that is meant when none is named: `worker` when the flags are the worker's, or when the
 * environment names a server and there is nothing else to do; `tui` for a person at a terminal, and for the folder of a project. Undefined =
 * nothing was asked for. Pure.
 */
export function withDefaultCommand(
  words: readonly string[],
  { hasServer, isTerminal, isProject }: Surroundings,
): readonly string[] | undefined {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (WITH_VALUE.includes(word)) at += 2;
    else if (word === '--debug' || WITH_VALUE.some((flag) => word.startsWith(`${flag}=`))) at += 1;
    else break;
  }
  const first = words[at];
  const isOfWorker =
    first === undefined
      ? hasServer
      : WORKER_FLAGS.some((flag) => first === flag || first.startsWith(`${flag}=`));
  const named = (command: string): string[] => [...words.slice(0, at), command, ...words.slice(at)];
  if (isOfWorker) return named('worker');
  if (first === undefined ? isTerminal && at === words.length : isProject(first))
    return named('tui');
  return words.length === 0 ? undefined : words;
}
