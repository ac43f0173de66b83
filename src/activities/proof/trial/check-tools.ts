import { posix } from 'node:path';
import {
  scriptsOf,
  startedPrograms,
  startsTests,
  toolsIn,
  type Check,
  type ToolRow,
} from '../../../domain/index.js';
import { workspaceGit, type WorkspaceFolders } from '../../../platform/index.js';
import { packageScripts, RECIPES, scriptsNamedIn } from '../recipes.js';

const SIZE_LIMIT = 256 * 1024;
const DEPTH_LIMIT = 4;
const SHELL_SCRIPT = /(?:^|[\s;&|])(?:(?:ba|da|z|k)?sh\s+)?((?:\.\/)?[\w./-]+\.(?:sh|bash))\b/g;

/** What a check's command line starts, through the recipes of a tree: package scripts, Makefiles, shell scripts, and programs that start tests. */
export async function toolsOfCheck(
  lane: WorkspaceFolders,
  tree: string,
  { command }: Pick<Check, 'command'>,
): Promise<readonly ToolRow[]> {
  const read = readRecipes(lane, tree);
  const [manifest] = await read(['package.json']);
  const scripts = packageScripts(manifest);
  const texts = [command];
  let fresh = [command];
  for (let depth = 0; depth < DEPTH_LIMIT && fresh.length > 0; depth += 1) {
    const behind: string[] = [];
    for (const text of fresh)
      behind.push(...scriptsNamedIn(text, scripts), ...(await read(recipesNamedIn(text))));
    fresh = behind.filter((text) => !texts.includes(text));
    texts.push(...fresh);
  }
  const programs = await read(texts.flatMap(startedPrograms));
  // code names much in passing: only runners and linters are believed, and only where it starts something
  const inCode = toolsIn(programs.filter(isRunner)).filter(({ kind }) => kind !== 'recipe');
  return [...new Set([...toolsIn(texts), ...inCode])];
}

function isRunner(text: string): boolean {
  return startsTests('runner.js', text);
}

/** Files whose text says what a command line starts: of make and its like, shell scripts, and files without an ending that a shell is given. */
function recipesNamedIn(text: string): string[] {
  const recipes = RECIPES.filter(([starts]) => starts.test(text)).flatMap(([, files]) => files);
  const named = [...text.matchAll(SHELL_SCRIPT)].map(([, path]) => path ?? '');
  const plain = scriptsOf(text).filter((path) => !/\.[a-z0-9]+$/i.test(path));
  return [...recipes, ...named, ...plain];
}

type ReadRecipes = (paths: readonly string[]) => Promise<string[]>;

function readRecipes(lane: WorkspaceFolders, tree: string): ReadRecipes {
  const git = workspaceGit(lane);
  const folders = [...new Set([posix.normalize(lane.workdir), '.'])];
  return async (paths) => {
    const texts: string[] = [];
    for (const path of paths)
      for (const folder of folders) {
        const bytes = await git.readFile(tree, posix.normalize(posix.join(folder, path)));
        if (bytes === undefined || bytes.length > SIZE_LIMIT) continue;
        texts.push(bytes.toString('utf8'));
        break;
      }
    return texts;
  };
}
