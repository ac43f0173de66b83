import { absent, EXISTS, operands, optionValue, UNKNOWN, type AbsentKind } from './check-tree.js';

/** Names that a recipe file defines, and whether it may define more than can be read in it. */
interface Recipes {
  readonly names: ReadonlySet<string>;
  readonly isOpen: boolean;
}

const MAKE_TAKING = [
  '-C',
  '--directory',
  '-f',
  '--file',
  '--makefile',
  '-I',
  '-j',
  '-l',
  '-o',
  '-W',
];

const make: AbsentKind = {
  tool: 'make',
  programs: ['make', 'gmake'],
  async tree(words, place) {
    const folder = optionValue(words, ['-C', '--directory']);
    const here = folder === undefined ? place : place.at(folder);
    if (folder !== undefined && !place.reaches(folder))
      return absent(`there is no folder ${folder}`);
    const named = optionValue(words, ['-f', '--file', '--makefile']);
    const path = here.find(named === undefined ? ['GNUmakefile', 'makefile', 'Makefile'] : [named]);
    if (path === undefined) return absent(`there is no ${named ?? 'Makefile'}`);
    const text = await place.text(path);
    if (text === undefined) return EXISTS;
    const { names, isOpen } = makeTargets(text);
    // -j4 is one word, -j 4 is two and the number is no target
    const wanted = operands(
      words,
      MAKE_TAKING.filter((word) => word !== '-j' && word !== '-l'),
    ).filter((word) => !word.includes('=') && !/^\d+$/.test(word));
    if (wanted.length === 0) {
      if (names.size > 0) return EXISTS;
      return isOpen ? UNKNOWN : absent(`${path} has no target`);
    }
    if (wanted.some((target) => names.has(target))) return EXISTS;
    // a rule of make's own may build it from a file of that name
    const isImplied = wanted.some((target) => here.some((file) => file.startsWith(`${target}.`)));
    return isOpen || isImplied
      ? UNKNOWN
      : absent(`${path} has no target ${wanted.slice(0, 3).join(', ')}`);
  },
  // when a recipe fails, make adds a line of its own, so that no recipe can say this alone
  said: {
    exitCodes: [2],
    output:
      /^(?:make(?:\[\d+\])?: Entering directory '.*'\n)?g?make(?:\[\d+\])?: \*\*\* (?:No rule to make target ['`][^'\n]*'|No targets specified and no makefile found|No targets)\.\s+Stop\.(?:\nmake(?:\[\d+\])?: Leaving directory '.*')?$/,
  },
};

/** Targets with a rule of their own. Variables, patterns and includes make a makefile open. */
export function makeTargets(text: string): Recipes {
  const names = new Set<string>();
  let isOpen = false;
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    if (line.startsWith('\t') || line.startsWith('#') || line.trim() === '') continue;
    if (/^\s*(?:-include|sinclude|include|define)\b/.test(line) || /^\s*\$\(/.test(line))
      isOpen = true;
    const colon = line.indexOf(':');
    const equals = line.indexOf('=');
    if (colon <= 0 || (equals >= 0 && equals < colon) || /^::?:?=/.test(line.slice(colon)))
      continue;
    for (const name of line.slice(0, colon).trim().split(/\s+/)) {
      if (/[%$]/.test(name)) isOpen = true;
      // .PHONY and its like are no rules for what they name
      else if (!/^\.[A-Z_]+$/.test(name)) names.add(name);
    }
  }
  return { names, isOpen };
}

const just: AbsentKind = {
  tool: 'just',
  programs: ['just'],
  async tree(words, place) {
    const named = optionValue(words, ['-f', '--justfile']);
    const folder = optionValue(words, ['-d', '--working-directory']);
    const start = folder === undefined || named !== undefined ? place : place.at(folder);
    const files = named === undefined ? ['justfile', 'Justfile', '.justfile', 'JUSTFILE'] : [named];
    const path = named === undefined ? start.climb(files) : start.find(files);
    if (path === undefined) return absent(`there is no ${named ?? 'justfile'}`);
    const text = await place.text(path);
    if (text === undefined) return EXISTS;
    const { names, isOpen } = justRecipes(text);
    const wanted = operands(words, [
      '-f',
      '--justfile',
      '-d',
      '--working-directory',
      '--set',
      '--shell',
    ]).filter((word) => !word.includes('='));
    const [first] = wanted;
    if (first === undefined)
      return names.size > 0 ? EXISTS : isOpen ? UNKNOWN : absent(`${path} has no recipe`);
    // words behind it may be recipes or its arguments
    if (names.has(first)) return EXISTS;
    return isOpen ? UNKNOWN : absent(`${path} has no recipe ${first}`);
  },
  said: {
    exitCodes: [1],
    output:
      /^error: (?:no justfile found|No justfile found|[Jj]ustfile does not contain recipes? [`'].*[`'](?:\nDid you mean .*)?)$/,
  },
};

function justRecipes(text: string): Recipes {
  const names = new Set<string>();
  let isOpen = false;
  for (const line of text.split('\n')) {
    if (/^(?:import|mod)\b/.test(line)) isOpen = true;
    const alias = /^alias\s+([\w-]+)\s*:=/.exec(line);
    if (alias?.[1] !== undefined) names.add(alias[1]);
    const [, name] = /^@?([A-Za-z_][\w-]*)(?=[\s:])/.exec(line) ?? [];
    const colon = line.indexOf(':');
    if (name !== undefined && colon > 0 && line[colon + 1] !== '=') names.add(name);
  }
  return { names, isOpen };
}

const rake: AbsentKind = {
  tool: 'rake',
  programs: ['rake'],
  async tree(words, place) {
    const named = optionValue(words, ['-f', '--rakefile']);
    const files =
      named === undefined ? ['rakefile', 'Rakefile', 'rakefile.rb', 'Rakefile.rb'] : [named];
    const path = place.climb(files);
    if (path === undefined) return absent(`there is no ${named ?? 'Rakefile'}`);
    const [wanted = 'default'] = operands(words, ['-f', '--rakefile', '-I', '-r']);
    const task = wanted.split(/[[:]/).at(0) ?? wanted;
    const text = await place.text(path);
    return text === undefined || rakeTasks(text).has(task) ? EXISTS : UNKNOWN;
  },
  said: {
    exitCodes: [1],
    output:
      /^rake aborted!\n(?:No Rakefile found .*|Don't know how to build task '.*'.*)(?:\nDid you mean\?.*(?:\n {2,}.*)*)?\n\s*\n\(See full trace by running task with --trace\)$/,
  },
};

/** Tasks and namespaces that a Rakefile names; what it loads may define more. */
function rakeTasks(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const [, name, key] =
      /^\s*(?:task|file|namespace|multitask)[\s(]+(?::|['"])?([\w-]+)['"]?(:)?/.exec(line) ?? [];
    if (name !== undefined || key !== undefined) names.add(name ?? '');
    const [, type, given] =
      /\b(TestTask|RSpec::Core::RakeTask|RuboCop::RakeTask)\.new(?:[\s(]+:?['"]?([\w-]+))?/.exec(
        line,
      ) ?? [];
    if (type !== undefined)
      names.add(given === undefined || given === 'do' ? (RAKE_DEFAULTS[type] ?? '') : given);
  }
  return names;
}
const RAKE_DEFAULTS: Readonly<Record<string, string>> = {
  TestTask: 'test',
  'RSpec::Core::RakeTask': 'spec',
  'RuboCop::RakeTask': 'rubocop',
};

/** Rows of the tools that run recipes. */
export const RECIPE_KINDS: readonly AbsentKind[] = [make, just, rake];
