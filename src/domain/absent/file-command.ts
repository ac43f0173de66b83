import {
  absent,
  EXISTS,
  missingPaths,
  operands,
  UNKNOWN,
  type Place,
  type TreeWord,
} from './check-tree.js';
import { isDeclared } from './package-scripts.js';

const INTERPRETERS = new Set(
  'bash sh zsh dash node python python3 ruby php perl tsx ts-node'.split(' '),
);
const TAKING = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--env-file',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-name-pattern',
  '--test-concurrency',
  '-I',
  '-X',
  '-W',
];
/** The program text stands on the command line. */
const OWN_TEXT = /^(?:-c|-e|-p|-m|-r|--eval|--print|-pe|-ne)$/;

/** Folders of programs that dependencies bring, and the manifests without which there are none. */
const BROUGHT: readonly (readonly [folder: RegExp, manifests: readonly string[]])[] = [
  [/(^|\/)node_modules\//, ['package.json']],
  [
    /(^|\/)\.?venv\//,
    [
      'pyproject.toml',
      'requirements.txt',
      'requirements-dev.txt',
      'setup.py',
      'setup.cfg',
      'Pipfile',
    ],
  ],
  [/(^|\/)vendor\/bin\//, ['composer.json']],
];

/** A program without a row of its own: a file, given by path or to an interpreter, or something of this machine. */
export async function fileWord(
  program: string,
  words: readonly string[],
  place: Place,
): Promise<TreeWord> {
  if (!INTERPRETERS.has(program)) {
    if (program.includes('/')) return pathWord(program, place);
    return (await isDeclared(place, program)) ? EXISTS : UNKNOWN;
  }
  if (program === 'node' && words.some((word) => /^--test(?:$|=)/.test(word)))
    return nodeTests(words, place);
  if (words.some((word) => OWN_TEXT.test(word) && !(program === 'node' && word === '-r')))
    return EXISTS;
  const [file] = operands(words, TAKING);
  return file === undefined ? EXISTS : pathWord(file, place);
}

function pathWord(path: string, place: Place): TreeWord {
  if (path.startsWith('/') || path.startsWith('~')) return EXISTS;
  const [, manifests] = BROUGHT.find(([folder]) => folder.test(path)) ?? [];
  if (manifests !== undefined && place.climb(manifests) === undefined)
    return absent(`there is no ${manifests[0] ?? ''}`);
  if (manifests !== undefined) return EXISTS;
  // what a build makes is in no tree
  if (/(^|\/)(target|dist|build|out|obj|bin)\//.test(path)) return EXISTS;
  return place.reaches(path) ? EXISTS : absent(`there is no ${path}`);
}

/** `node --test`: the files that it is given, else those that it looks for. */
function nodeTests(words: readonly string[], place: Place): TreeWord {
  const missing = missingPaths(place, operands(words, TAKING));
  if (missing !== undefined) return missing;
  if (operands(words, TAKING).length > 0) return EXISTS;
  const isTest = (path: string): boolean => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!/\.[cm]?[jt]s$/.test(name)) return false;
    return `/${path}`.includes('/test/') || /^test[.-]|[._-]test\.[cm]?[jt]s$/.test(name);
  };
  return place.some(isTest) ? EXISTS : absent('there is no test file');
}
