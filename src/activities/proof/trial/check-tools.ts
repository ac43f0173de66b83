import { posix } from 'node:path';
import { toolsIn, type Check, type ToolRow } from '../../../domain/index.js';
import { workspaceGit, type WorkspaceFolders } from '../../../platform/index.js';
import { packageScripts } from '../check-scripts.js';

const SIZE_LIMIT = 256 * 1024;
const DEPTH_LIMIT = 4;
/** Recipes whose whole text counts for every command that starts their program. */
const RECIPES: readonly (readonly [starts: RegExp, files: readonly string[]])[] = [
  [/\b(?:make|gmake)\b/, ['GNUmakefile', 'makefile', 'Makefile']],
  [/\bjust\b/, ['justfile', 'Justfile', '.justfile']],
  [/\btox\b/, ['tox.ini']],
  [/\bnox\b/, ['noxfile.py']],
  [/\bcomposer\b/, ['composer.json']],
  [/\brake\b/, ['Rakefile']],
];
const MANAGERS: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun']);
/** Options of theirs that have a value of its own word. */
const VALUED = /^(?:--(?:prefix|filter|workspace|cwd|dir)|-[CFw])$/;
const RUN_WORDS: ReadonlySet<string> = new Set(['run', 'run-script', 'exec']);
const NPM_ALIASES: Readonly<Record<string, string>> = { t: 'test', tst: 'test' };
const SHELL_SCRIPT = /(?:^|[\s;&|])(?:(?:ba|da|z|k)?sh\s+)?((?:\.\/)?[\w./-]+\.(?:sh|bash))\b/g;

/** What a check's command line starts, through the recipes of a tree: package scripts, Makefiles and shell scripts. */
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
    for (const text of fresh) {
      const recipes = RECIPES.filter(([starts]) => starts.test(text)).flatMap(([, files]) => files);
      const named = [...text.matchAll(SHELL_SCRIPT)].map(([, path]) => path ?? '');
      behind.push(...scriptsNamedIn(text, scripts), ...(await read([...recipes, ...named])));
    }
    fresh = behind.filter((text) => !texts.includes(text));
    texts.push(...fresh);
  }
  return toolsIn(texts);
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

/** Package scripts that a command line runs, with what runs before and behind each. */
function scriptsNamedIn(text: string, scripts: ReadonlyMap<string, string>): string[] {
  const names = text
    .split(/[;&|\n()]+/)
    .flatMap(scriptOf)
    .map((name) => NPM_ALIASES[name] ?? name);
  return names.flatMap((name) =>
    [`pre${name}`, name, `post${name}`].flatMap((script) => scripts.get(script) ?? []),
  );
}

/** The name of a script behind a package manager, its options and their values. */
function scriptOf(command: string): string[] {
  const words = command.split(/[\s'"`]+/).filter((word) => word !== '');
  const start = words.findIndex((word) => MANAGERS.has(word));
  if (start < 0) return [];
  for (let at = start + 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (VALUED.test(word)) at += 1;
    else if (!word.startsWith('-') && !RUN_WORDS.has(word)) return [word];
  }
  return [];
}
