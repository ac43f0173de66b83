import { posix } from 'node:path';
import { checkWord, type Check, type CheckTree } from '../../domain/index.js';
import { findExecutable, type CommitFiles } from '../../platform/index.js';
import { firstWord, SHELL_WORDS } from './check-commands.js';

/** A check that does not exist where a run starts. */
export interface AbsentCheck {
  readonly command: string;
  /** For example `there is no package.json`. */
  readonly why: string;
}

/** A manifest beyond this is not read, so that what it is asked for counts as there. */
const LARGEST_FILE = 1024 * 1024;

/** Which checks the base's files do not answer to yet: they block nothing, and have to pass from the story on that creates them. */
export async function planAbsence(
  checks: readonly Check[],
  { files, workdir }: { readonly files: CommitFiles; readonly workdir: string },
): Promise<AbsentCheck[]> {
  const tree = treeOf(files);
  const absent: AbsentCheck[] = [];
  for (const { command } of checks) {
    const word = await checkWord(command, tree, workdir);
    if (word.is === 'absent') absent.push({ command, why: word.why });
  }
  return absent;
}

/** What a person has to know of absent checks: the programs that will be needed and are not here. */
export function absenceNotes(checks: readonly Check[], absent: readonly AbsentCheck[]): string[] {
  const commands = new Set(absent.map(({ command }) => command));
  return checks.flatMap(({ name, command }) => {
    const program = firstWord(command);
    const isMissing =
      commands.has(command) &&
      program !== undefined &&
      !SHELL_WORDS.has(program) &&
      findExecutable(program) === undefined;
    return isMissing
      ? [
          `check ${name} needs ${program}, which is not installed here: it has to be once the check exists`,
        ]
      : [];
  });
}

function treeOf(files: CommitFiles): CheckTree {
  const known = new Set(files.paths);
  return {
    paths: known,
    async read(path) {
      const text = await files.read(path);
      if (text === undefined || text.length > LARGEST_FILE) return undefined;
      // git shows a symbolic link as the path that it names
      const isLink = !text.includes('\n') && known.has(posix.join(posix.dirname(path), text));
      return isLink ? undefined : text;
    },
  };
}
