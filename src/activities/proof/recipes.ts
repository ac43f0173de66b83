import { fieldsOf, jsonFields } from '../../domain/index.js';

/** Recipes whose whole text counts for every command that starts their program. */
export const RECIPES: readonly (readonly [starts: RegExp, files: readonly string[]])[] = [
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
/** Programs whose words are all names of scripts. */
const SERIES = /^(?:run-[sp]|npm-run-all2?)$/;
const NPM_ALIASES: Readonly<Record<string, string>> = { t: 'test', tst: 'test' };

/** The scripts of a package.json by name; none of anything else. Pure. */
export function packageScripts(text: string | undefined): ReadonlyMap<string, string> {
  const { scripts } = jsonFields(text) ?? {};
  return new Map(
    Object.entries(fieldsOf(scripts)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

/** Package scripts that a command line runs, with what runs before and behind each. Pure. */
export function scriptsNamedIn(text: string, scripts: ReadonlyMap<string, string>): string[] {
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
  const series = words.findIndex((word) => SERIES.test(word));
  if (series >= 0) return words.slice(series + 1).filter((word) => !word.startsWith('-'));
  const byNode = words.indexOf('--run');
  if (byNode >= 0) return words.slice(byNode + 1, byNode + 2);
  const start = words.findIndex((word) => MANAGERS.has(word));
  if (start < 0) return [];
  for (let at = start + 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (VALUED.test(word)) at += 1;
    else if (!word.startsWith('-') && !RUN_WORDS.has(word)) return [word];
  }
  return [];
}
