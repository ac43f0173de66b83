import {
  absent,
  EXISTS,
  operands,
  optionValue,
  startPlace,
  UNKNOWN,
  type AbsentKind,
  type TreeWord,
} from './check-tree.js';

/** Names that a recipe file defines, and whether it may define more than can be read in it. */
interface Recipes {
  readonly names: ReadonlySet<string>;
  readonly isOpen: boolean;
}

/** What is asked of a recipe file; nothing = its first recipe. */
interface RecipeCall {
  readonly path: string;
  readonly noun: string;
  readonly wanted: readonly string[];
}

function recipeWord({ names, isOpen }: Recipes, { path, noun, wanted }: RecipeCall): TreeWord {
  const isThere = wanted.length === 0 ? names.size > 0 : wanted.some((name) => names.has(name));
  if (isThere) return EXISTS;
  if (isOpen) return UNKNOWN;
  return absent(`${path} has no ${[noun, ...wanted.slice(0, 3)].join(' ')}`);
}

const MAKE_TAKING = ['-C', '--directory', '-f', '--file', '--makefile', '-I', '-o', '-W'];
const JUST_TAKING = ['-f', '--justfile', '-d', '--working-directory', '--set', '--shell'];

const make: AbsentKind = {
  tool: 'make',
  programs: ['make', 'gmake'],
  async tree(words, place) {
    const here = startPlace(words, place, ['-C', '--directory']);
    const named = optionValue(words, ['-f', '--file', '--makefile']);
    const path = here.find(named === undefined ? ['GNUmakefile', 'makefile', 'Makefile'] : [named]);
    if (path === undefined) return absent(`there is no ${named ?? 'Makefile'}`);
    const text = await place.text(path);
    if (text === undefined) return EXISTS;
    const targets = operands(words, MAKE_TAKING).filter((word) => !/=|^\d+$/.test(word));
    // a rule of make's own may build it from a file of that name
    const isImplied = targets.some((target) => here.some((file) => file.startsWith(`${target}.`)));
    const recipes = makeTargets(text);
    return recipeWord(
      { ...recipes, isOpen: recipes.isOpen || isImplied },
      { path, noun: 'target', wanted: targets },
    );
  },
  // when a recipe fails, make adds a line of its own, so that no recipe can say this alone
  said: {
    exitCodes: [2],
    telling:
      /^g?make(?:\[\d+\])?: \*\*\* (?:No rule to make target ['`][^'`]+['`]|No targets specified and no makefile found|No targets)\.\s+Stop\.$/,
    around: /^g?make(?:\[\d+\])?: (?:Entering|Leaving) directory '/,
  },
};

/** Targets with a rule of their own. Variables, patterns and includes make a makefile open. */
function makeTargets(text: string): Recipes {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => !/^(?:\t|#|\s*$)/.test(line));
  const names = lines.flatMap(targetsOf);
  return {
    // .PHONY and its like are no rules for what they name
    names: new Set(names.filter((name) => !/^\.[A-Z_]+$|[%$]/.test(name))),
    isOpen:
      names.some((name) => /[%$]/.test(name)) ||
      lines.some((line) => /^\s*(?:(?:-include|sinclude|include|define)\b|\$\()/.test(line)),
  };
}

/** Names before the colon of a rule; none of an assignment. */
function targetsOf(line: string): string[] {
  const colon = line.indexOf(':');
  const equals = line.indexOf('=');
  const isAssignment = (equals >= 0 && equals < colon) || /^:{1,3}=/.test(line.slice(colon));
  return colon <= 0 || isAssignment ? [] : line.slice(0, colon).trim().split(/\s+/);
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
    const called = operands(words, JUST_TAKING).filter((word) => !word.includes('='));
    // words behind the first may be its arguments
    return recipeWord(justRecipes(text), { path, noun: 'recipe', wanted: called.slice(0, 1) });
  },
  said: {
    exitCodes: [1],
    telling: /^error: (?:[Nn]o justfile found|[Jj]ustfile does not contain recipes? [`'])/,
    around: /^Did you mean /,
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
    telling: /^(?:No Rakefile found |Don't know how to build task ')/,
    around: /^(?:rake aborted!$|\(See full trace by|Did you mean\?)/,
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
