import {
  absent,
  EXISTS,
  missingPaths,
  operands,
  optionValue,
  startPlace,
  UNKNOWN,
  type AbsentKind,
  type Place,
  type TreeWord,
} from './check-tree.js';

const PYTHON = /\.pyi?$/;
const PYTEST_TAKING = [
  '-k',
  '-m',
  '-c',
  '-o',
  '-p',
  '-n',
  '-W',
  '-r',
  '--rootdir',
  '--maxfail',
  '--tb',
  '--cov',
  '--ignore',
  '--deselect',
  '--junitxml',
  '--durations',
  '--timeout',
  '--confcutdir',
  '--basetemp',
  '--import-mode',
  '--log-level',
  '--color',
];

const pytest: AbsentKind = {
  tool: 'pytest',
  programs: ['pytest', 'py.test'],
  async tree(words, place) {
    const paths = operands(words, PYTEST_TAKING).map((word) => word.split('::')[0] ?? '');
    if (words.some((word) => word === '--pyargs')) return EXISTS;
    const missing = missingPaths(place, paths);
    if (missing !== undefined) return missing;
    const scopes = paths.length === 0 ? [place] : paths.map((path) => place.at(path));
    const isTest = (path: string): boolean => /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/.test(path);
    const isNamed = paths.some((path) => path.endsWith('.py') && place.has(path));
    if (isNamed || scopes.some((scope) => scope.some(isTest))) return EXISTS;
    // other names, doctests and plug-ins are settings and code: only a run can tell
    const hasWays =
      place.climb(PYTEST_SETTINGS) !== undefined ||
      place.some((path) => /(?:^|\/)conftest\.py$/.test(path));
    const isOther = words.some((word) => /^(?:--doctest|-o|-c|-p)/.test(word));
    return hasWays || isOther ? UNKNOWN : absent('there is no test file');
  },
  // 5 = no tests collected, 4 = no such path
  said: {
    exitCodes: [4, 5],
    telling: /^(?:=+ )?no tests ran in /,
    around:
      /^(?:=+ test session starts|platform |cachedir: |rootdir: |configfile: |plugins: |testpaths: |collect(?:ed 0 items|ing)|ERROR: file or directory not found: |asyncio: |hypothesis )/,
  },
};
const PYTEST_SETTINGS = ['pytest.ini', '.pytest.ini', 'pyproject.toml', 'tox.ini', 'setup.cfg'];

const unittest: AbsentKind = {
  tool: 'unittest',
  programs: ['unittest'],
  tree(words, place) {
    const [first, ...rest] = words;
    const start = optionValue(rest, ['-s', '--start-directory']);
    const pattern = optionValue(rest, ['-p', '--pattern']);
    if (first !== undefined && first !== 'discover' && !first.startsWith('-')) return EXISTS;
    if (start !== undefined && !place.reaches(start)) return absent(`there is no ${start}`);
    if (pattern !== undefined) return UNKNOWN;
    const scope = start === undefined ? place : place.at(start);
    return scope.some((path) => /(?:^|\/)test[^/]*\.py$/.test(path))
      ? EXISTS
      : absent('there is no test file');
  },
  // Python 3.12 and later; earlier ones end with 0
  said: {
    exitCodes: [0, 5],
    telling: /^Ran 0 tests in /,
    around: /^(?:-+$|OK$|NO TESTS RAN$)/,
  },
};

const ruff: AbsentKind = {
  tool: 'ruff',
  programs: ['ruff'],
  tree(words, place) {
    const [, ...paths] = operands(words, [
      '--config',
      '--select',
      '--ignore',
      '--output-format',
      '--target-version',
      '--extend-select',
      '--exclude',
      '--line-length',
    ]);
    return missingPaths(place, paths) ?? pythonFiles(place, paths);
  },
  // it ends well although there is nothing to check
  said: {
    exitCodes: [0, 1],
    telling:
      /^(?:warning: No Python files found under the given path|E902 No such file or directory|\S+:1:1: E902 )/,
    around: /^(?:All checks passed!$|--> \S|Found \d+ errors?\.$)/,
  },
};

const mypy: AbsentKind = {
  tool: 'mypy',
  programs: ['mypy', 'dmypy'],
  tree(words, place) {
    const isNamed = words.some((word) => /^(?:-m|-p|-c|--module|--package|--command)$/.test(word));
    if (isNamed)
      return place.some((path) => PYTHON.test(path)) ? EXISTS : absent('there is no Python file');
    const paths = operands(words, [
      '--config-file',
      '--python-version',
      '--exclude',
      '--platform',
      '--python-executable',
      '--cache-dir',
    ]);
    if (words[0] === 'run' && paths[0] === 'run') paths.shift();
    const missing = missingPaths(place, paths);
    if (missing !== undefined) return missing;
    const word = pythonFiles(place, paths);
    // without a path, its settings name the files
    return word.is === 'exists' && paths.length === 0 && place.climb(MYPY_SETTINGS) === undefined
      ? UNKNOWN
      : word;
  },
  said: {
    exitCodes: [2],
    telling:
      /^(?:There are no \.py\[i\] files in directory '|mypy: error: (?:Missing target module|Cannot read file ')|mypy: can't read file '|\S+: error: Cannot read file: No such file)/,
    around: /^(?:usage: mypy|\[-m MODULE\]|Found 1 error in 1 file \(errors prevented)/,
  },
};
const MYPY_SETTINGS = ['mypy.ini', '.mypy.ini', 'setup.cfg', 'pyproject.toml'];

function pythonFiles(place: Place, paths: readonly string[]): TreeWord {
  const isPython = (path: string): boolean => /\.(?:pyi?|ipynb)$/.test(path);
  const scopes = paths.length === 0 ? [place] : paths.map((path) => place.at(path));
  const isNamed = paths.some((path) => place.has(path));
  return isNamed || scopes.some((scope) => scope.some(isPython))
    ? EXISTS
    : absent('there is no Python file');
}

const UV_TAKING = [
  '--with',
  '--python',
  '-p',
  '--project',
  '--directory',
  '--package',
  '--extra',
  '--group',
  '--index',
  '--env-file',
  '--with-requirements',
  '--only-group',
  '--no-group',
];

const uv: AbsentKind = {
  tool: 'uv',
  programs: ['uv'],
  tree(words, place) {
    const [verb = ''] = operands(words, UV_TAKING);
    if (['sync', 'pip', 'venv', 'python', 'tool'].includes(verb)) {
      const isMissing = verb === 'sync' && place.climb(['pyproject.toml']) === undefined;
      return { is: 'prepares', why: isMissing ? 'there is no pyproject.toml' : null };
    }
    if (place.climb(['pyproject.toml', 'uv.toml']) !== undefined) return EXISTS;
    // a script or an installed program may run without a project
    return verb === 'run' ? UNKNOWN : absent('there is no pyproject.toml');
  },
  said: {
    exitCodes: [2],
    telling: /^error: (?:Failed to spawn: |No `pyproject\.toml` found)/,
    around: /^(?:cause|Caused by): No such file or directory/,
  },
};

const poetry: AbsentKind = {
  tool: 'poetry',
  programs: ['poetry'],
  tree(words, place) {
    const [verb = ''] = operands(words, ['-C', '--directory', '-P', '--project']);
    const here = startPlace(words, place, ['-C', '--directory', '-P', '--project']);
    const isThere = here.climb(['pyproject.toml']) !== undefined;
    const why = 'there is no pyproject.toml';
    if (['install', 'sync', 'update', 'lock', 'env'].includes(verb))
      return { is: 'prepares', why: isThere ? null : why };
    return isThere ? EXISTS : absent(why);
  },
  said: {
    exitCodes: [1],
    telling: /^Poetry could not find a pyproject\.toml file in /,
  },
};

/** Rows of the tools of Python. */
export const PYTHON_KINDS: readonly AbsentKind[] = [pytest, unittest, uv, poetry, ruff, mypy];
