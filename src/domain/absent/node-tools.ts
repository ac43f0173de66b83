import {
  absent,
  EXISTS,
  missingPaths,
  operands,
  optionValue,
  UNKNOWN,
  type AbsentKind,
  type Place,
  type TreeWord,
} from './check-tree.js';
import { fieldsOf, jsonFields } from '../record-fields.js';
import { scriptWord, type ScriptRequest } from './package-scripts.js';

/** Words of a package manager, sorted out. */
interface ManagerCall {
  /** First operand, for example `run`. */
  readonly verb: string;
  readonly rest: readonly string[];
  readonly place: Place;
  readonly scope: NonNullable<ScriptRequest['scope']>;
}

const FOLDER_OPTIONS = ['--prefix', '-C', '--dir', '--cwd'];
const PACKAGE_OPTIONS = ['-w', '--workspace', '-F', '--filter'];
const EVERY_OPTIONS = ['-ws', '--workspaces', '-r', '--recursive'];

function callOf(words: readonly string[], place: Place): ManagerCall {
  const [verb = '', ...rest] = operands(words, [
    ...FOLDER_OPTIONS,
    ...PACKAGE_OPTIONS,
    '--loglevel',
    '--script-shell',
  ]);
  const folder = optionValue(words, FOLDER_OPTIONS);
  const isEvery = words.some((word) => EVERY_OPTIONS.includes(word));
  // without the lines in front of it, what a script prints could be the tool's own words
  const isQuiet = words.some((word) => /^(?:-s|--silent|--loglevel.*|--reporter.*)$/.test(word));
  const isOther = optionValue(words, PACKAGE_OPTIONS) !== undefined;
  return {
    verb,
    rest,
    place: folder === undefined ? place : place.at(folder),
    scope: isOther && !isQuiet ? 'other' : isEvery || isOther ? 'every' : 'here',
  };
}

const RUN = ['run', 'run-script', 'rum', 'urn'];
const INSTALL = ['install', 'i', 'ci', 'add', 'clean-install', 'fetch', 'import', 'install-test'];

/** A manifest is there, so that what is asked of it has to pass; else nothing is. */
function withManifest(place: Place, names: readonly string[]): TreeWord {
  return place.climb(names) === undefined ? absent(`there is no ${names[0] ?? ''}`) : EXISTS;
}

function preparing(place: Place, names: readonly string[]): TreeWord {
  const word = withManifest(place, names);
  return { is: 'prepares', why: word.is === 'absent' ? word.why : null };
}

/** Several quick forms of `run test`. */
const NPM_SHORT: Readonly<Record<string, string>> = {
  t: 'test',
  tst: 'test',
  test: 'test',
  stop: 'stop',
  restart: 'restart',
  start: 'start',
};

const npm: AbsentKind = {
  tool: 'npm',
  programs: ['npm'],
  tree(words, place) {
    const call = callOf(words, place);
    const { verb, scope } = call;
    if (INSTALL.includes(verb)) return preparing(call.place, ['package.json']);
    const script = RUN.includes(verb) ? call.rest[0] : NPM_SHORT[verb];
    if (script === undefined) return withManifest(call.place, ['package.json']);
    // npm start falls back on a file, npm restart on stop and start
    if (script === 'start' && call.place.has('server.js')) return EXISTS;
    if (script === 'restart') return scriptWord(call.place, { script: 'start', scope });
    return scriptWord(call.place, { script, scope });
  },
  // 254 = ENOENT of package.json
  said: {
    exitCodes: [1, 254],
    telling: /^npm (?:error|ERR!) (?:Missing script: |enoent Could not read package\.json)/,
    around: /^npm (?:error|ERR!)/,
  },
};

const pnpm: AbsentKind = {
  tool: 'pnpm',
  programs: ['pnpm'],
  tree(words, place) {
    const call = callOf(words, place);
    const { verb, rest, scope } = call;
    const manifests = ['package.json', 'package.yaml', 'package.json5'];
    if (INSTALL.includes(verb)) return preparing(call.place, manifests);
    if (verb === '' || PNPM_VERBS.has(verb)) return withManifest(call.place, manifests);
    const script = RUN.includes(verb) ? rest[0] : (NPM_SHORT[verb] ?? verb);
    if (script === undefined) return withManifest(call.place, manifests);
    // pnpm looks for scripts in this folder only
    const isHere = call.place.find(manifests) !== undefined;
    if (scope === 'here' && !isHere) return absent('there is no package.json');
    const mayBeProgram = !RUN.includes(verb) && NPM_SHORT[verb] === undefined;
    return scriptWord(call.place, { script, scope, manifests, mayBeProgram });
  },
  said: {
    exitCodes: [1],
    telling:
      /^(?:ERR_PNPM_(?:NO_IMPORTER_MANIFEST_FOUND|NO_SCRIPT|RECURSIVE_RUN_NO_SCRIPT)\s|None of the selected packages has a ")/,
    around: /^Command "[^"]*" not found\.$/,
  },
};
const PNPM_VERBS = new Set('audit outdated list ls why licenses pack publish'.split(' '));

const yarn: AbsentKind = {
  tool: 'yarn',
  programs: ['yarn', 'yarnpkg'],
  tree(words, place) {
    const call = callOf(words, place);
    const [first = '', ...others] =
      call.verb === 'workspace' ? call.rest.slice(1) : workspacesOf(call);
    const isElsewhere = call.verb === 'workspace' || call.verb === 'workspaces';
    const scope = call.verb === 'workspace' ? 'other' : isElsewhere ? 'every' : call.scope;
    if (first === '' || INSTALL.includes(first)) return preparing(call.place, ['package.json']);
    if (YARN_VERBS.has(first)) return withManifest(call.place, ['package.json']);
    const script = first === 'run' ? others[0] : first;
    if (script === undefined) return withManifest(call.place, ['package.json']);
    return scriptWord(call.place, { script, scope, mayBeProgram: true });
  },
  said: {
    exitCodes: [1],
    telling:
      /^(?:error (?:Couldn't find a package\.json file in |Command "[^"]*" not found\.$)|Usage Error: (?:No project found in |Couldn't find a script named ))/,
    around: /^(?:yarn run v\d|warning |info |\$ yarn run \[--inspect\])/,
  },
};
const YARN_VERBS = new Set('audit check dedupe constraints npm info why pack publish'.split(' '));

/** `yarn workspaces run test`, `yarn workspaces foreach -A run test`. */
function workspacesOf({ verb, rest }: ManagerCall): readonly string[] {
  if (verb !== 'workspaces') return [verb, ...rest];
  return rest[0] === 'foreach' || rest[0] === 'run' ? rest.slice(rest[0] === 'run' ? 1 : 1) : rest;
}

const bun: AbsentKind = {
  tool: 'bun',
  programs: ['bun'],
  tree(words, place) {
    const call = callOf(words, place);
    const { verb, rest, scope } = call;
    if (INSTALL.includes(verb)) return preparing(call.place, ['package.json']);
    if (verb === 'test')
      return (
        missingPaths(
          call.place,
          rest.filter((word) => word.includes('/')),
        ) ?? bunTests(call.place)
      );
    const target = verb === 'run' ? rest[0] : verb;
    if (target === undefined || target === '') return withManifest(call.place, ['package.json']);
    if (/\.[cm]?[jt]sx?$/.test(target)) return missingPaths(call.place, [target]) ?? EXISTS;
    return scriptWord(call.place, { script: target, scope, mayBeProgram: true });
  },
  // without a script, `bun run test` starts the machine's own `test`, and says so
  said: {
    exitCodes: [1],
    telling:
      /^(?:error: Script not found "|note: a package\.json script "[^"]*" was not found$|No tests found!$)/,
    around:
      /^(?:error: "[^"]*" exited with code 1$|bun test v\d|Tests need "|Learn more about bun test)/,
  },
};

function bunTests(place: Place): TreeWord {
  const isTest = (path: string): boolean => /(?:^|\/|[._])(?:test|spec)\.[cm]?[jt]sx?$/.test(path);
  return place.some(isTest) ? EXISTS : absent('there is no test file');
}

const DENO_FILES = ['deno.json', 'deno.jsonc'];
const SOURCES = /\.[cm]?[jt]sx?$/;

const deno: AbsentKind = {
  tool: 'deno',
  programs: ['deno'],
  async tree(words, place) {
    const [verb = '', ...rest] = operands(words, ['--cwd', '-c', '--config', '--filter']);
    if (verb === 'install' || verb === 'cache')
      return preparing(place, [...DENO_FILES, 'package.json']);
    if (verb === 'task') return denoTask(place, rest[0]);
    const missing = missingPaths(place, rest);
    if (missing !== undefined) return missing;
    if (verb === 'test') {
      if (place.some((path) => /(?:^|\/|[._])test\.[cm]?[jt]sx?$|(?:^|\/)__tests__\//.test(path)))
        return EXISTS;
      return UNKNOWN;
    }
    if (verb === 'lint' || verb === 'check' || verb === 'fmt')
      return place.some((path) => SOURCES.test(path)) ? EXISTS : absent('there is no source file');
    return EXISTS;
  },
  said: {
    exitCodes: [1],
    telling:
      /^(?:error: (?:deno task couldn't find deno\.json|No test modules found|No target files found\.)|Task not found: )/,
    around: /^(?:Stack backtrace:|\d+: |No tasks found|Available tasks:$)/,
  },
};

async function denoTask(place: Place, task: string | undefined): Promise<TreeWord> {
  const path = place.climb(DENO_FILES);
  const manifest = place.climb(['package.json']);
  if (path === undefined && manifest === undefined) return absent('there is no deno.json');
  if (task === undefined) return EXISTS;
  if (path !== undefined) {
    const text = await place.text(path);
    const fields = jsonFields(text);
    // with comments in it, or broken: deno has to say
    if (fields === undefined)
      return text === undefined || text.includes(`"${task}"`) ? EXISTS : UNKNOWN;
    if (Object.hasOwn(fieldsOf(fields['tasks']), task)) return EXISTS;
  }
  if (manifest === undefined) return absent(`${path ?? 'deno.json'} has no task "${task}"`);
  return scriptWord(place, { script: task });
}

const TSC_TAKING = [
  '-p',
  '--project',
  '-t',
  '--target',
  '-m',
  '--module',
  '--outDir',
  '--lib',
  '--jsx',
  '--moduleResolution',
];

const tsc: AbsentKind = {
  tool: 'tsc',
  programs: ['tsc', 'vue-tsc', 'tsgo'],
  tree(words, place) {
    const isBuild = words[0] === '-b' || words[0] === '--build';
    const project = optionValue(words, ['-p', '--project']);
    const files = operands(words, TSC_TAKING).filter((word) => !/^(?:true|false)$/.test(word));
    if (project !== undefined || isBuild) {
      const wanted = project === undefined ? (files.length > 0 ? files : ['.']) : [project];
      const places = wanted.filter((path) => tscProject(place, path) !== undefined);
      if (places.length === 0)
        return absent(`there is no ${wanted.slice(0, 3).join(', ')} to check`);
      return hasTypeScript(place) ? EXISTS : UNKNOWN;
    }
    if (files.length > 0) return missingPaths(place, files) ?? EXISTS;
    if (place.climb(['tsconfig.json']) === undefined) return absent('there is no tsconfig.json');
    // what its patterns name, only tsc knows
    return hasTypeScript(place) ? EXISTS : UNKNOWN;
  },
  // without a project it prints its help; TS5058 = no such project, TS18003 = no inputs
  said: {
    exitCodes: [1, 2],
    telling: /^(?:error TS(?:5057|5058|5083|18003): |tsc: The TypeScript Compiler - Version )/,
    around: /^(?:[^e]|e(?!rror TS))*$/,
  },
};

function tscProject(place: Place, path: string): string | undefined {
  return place.find([path]) ?? place.find([`${path}/tsconfig.json`]);
}

function hasTypeScript(place: Place): boolean {
  return place.some((path) => /\.(?:[cm]?tsx?|vue)$/.test(path));
}

const ESLINT_FLAT = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((end) => `eslint.config.${end}`);
const ESLINT_OLD = ['', '.js', '.cjs', '.yaml', '.yml', '.json'].map((end) => `.eslintrc${end}`);

const eslint: AbsentKind = {
  tool: 'eslint',
  programs: ['eslint'],
  async tree(words, place) {
    const named = optionValue(words, ['-c', '--config']);
    if (named !== undefined && !place.reaches(named)) return absent(`there is no ${named}`);
    const taking = [
      '-c',
      '--config',
      '--ext',
      '-f',
      '--format',
      '--max-warnings',
      '-o',
      '--rule',
      '--cache-location',
      '--cache-strategy',
      '--ignore-pattern',
      '--ignore-path',
      '--plugin',
      '--parser',
      '--env',
      '--global',
      '--rulesdir',
    ];
    const missing = missingPaths(place, operands(words, taking));
    if (missing !== undefined) return missing;
    const isBare = words.some((word) => /^--no-(?:config-lookup|eslintrc)$/.test(word));
    if (named === undefined && !isBare && !(await hasEslintConfig(place)))
      return absent('there is no eslint.config.js');
    return place.some((path) => /\.(?:[cm]?[jt]sx?|vue|svelte|json|md|css|html)$/.test(path))
      ? EXISTS
      : UNKNOWN;
  },
  said: {
    exitCodes: [2],
    telling:
      /^(?:No files matching the pattern |ESLint couldn't find (?:a configuration|an eslint\.config)|No ESLint configuration found|You are linting ")/,
    around:
      /^(?:Oops! Something went wrong|ESLint: \d|Please check for typing mistakes|From ESLint v9|If you are using a \.eslintrc|to update your configuration|https:\/\/eslint\.org\/|If you still have problems|\(node:\d+\) |\(Use `node )/,
  },
};

async function hasEslintConfig(place: Place): Promise<boolean> {
  if (place.climb([...ESLINT_FLAT, ...ESLINT_OLD]) !== undefined) return true;
  const manifest = jsonFields(await place.text(place.climb(['package.json'])));
  return manifest !== undefined && 'eslintConfig' in manifest;
}

/** Rows of the tools of JavaScript and TypeScript. */
export const NODE_KINDS: readonly AbsentKind[] = [npm, pnpm, yarn, bun, deno, tsc, eslint];
