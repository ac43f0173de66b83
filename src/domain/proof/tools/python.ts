import { starts } from './starts.js';
import type { CountRule, ToolRow } from './tool-row.js';

const LANGUAGES = ['python'] as const;

const TESTS = [
  /(^|\/)(tests?|specs?|testdata|fixtures|test_utils|testing_data)\//,
  // what unittest finds, but for product files whose names only begin so
  /(^|\/)test(?!ing|imon|ament|bed|ers?\.|ify)[^/]*\.py$/,
  /(^|\/)[^/]+_tests?\.py$/,
  /(^|\/)conftest\.py$/,
];

/** Compiled modules and caches that an interpreter believes without looking at the source. */
const ARTEFACTS = [
  /(^|\/)__pycache__\//,
  /\.(pyc|pyo|pyd)$/,
  /\.(so|dylib)$/,
  /(^|\/)(site-packages|\.venv|venv)\//,
];

/** Django's runner is unittest's. */
const UNITTEST_COUNT: CountRule = {
  summary: /^Ran \d+ tests? in \d/,
  passed: /^Ran (\d+)/,
  minus: {
    line: /^(?:OK|FAILED) \(/,
    number: /(?:skipped|expected failures|unexpected successes|failures|errors)=(\d+)/g,
  },
};

/** Runners, linters and type checkers of Python. */
export const PYTHON_TOOLS: readonly ToolRow[] = [
  {
    tool: 'pytest',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['pytest(?:-3)?', 'py\\.test(?:-3)?'], /\bpytest\.main\(/),
    tests: TESTS,
    configuration: [/(^|\/)\.?pytest\.(ini|toml)$/, /(^|\/)(tox\.ini|setup\.cfg|\.coveragerc)$/],
    artefacts: [...ARTEFACTS, /(^|\/)\.pytest_cache\//],
    count: {
      summary:
        /^(?:=+ )?(?:no tests |\d+(?:\/\d+)? (?:passed|failed|skipped|xfailed|xpassed|deselected|errors?|warnings?|tests? collected)\b).{0,200} in \d{1,9}\.\d\ds\b/,
      passed: /(\d{1,12}) passed/,
    },
    countingEnv: { PYTEST_ADDOPTS: '-vvv' },
  },
  {
    tool: 'unittest',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(
      [],
      /\s-m\s{0,5}unittest(?=[\s;&|)'"]|$)/,
      /\bunittest\.(?:main|TextTestRunner|TestLoader|defaultTestLoader)\b/,
    ),
    tests: TESTS,
    artefacts: ARTEFACTS,
    count: UNITTEST_COUNT,
  },
  {
    tool: 'Django',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(
      [],
      /(?:\bmanage\.py|\bdjango-admin|-m\s+django)\s+(?:-\S{1,100}\s+){0,5}test(?=[\s;&|)'"]|$)/,
    ),
    tests: TESTS,
    configuration: [/(^|\/)manage\.py$/],
    artefacts: ARTEFACTS,
    count: UNITTEST_COUNT,
  },
  {
    tool: 'tox',
    kind: 'recipe',
    languages: LANGUAGES,
    starts: starts(['tox', 'nox', 'poe', 'hatch', 'pdm', 'uv', 'poetry', 'pipenv']),
    configuration: [/(^|\/)(tox\.ini|noxfile\.py|Pipfile|setup\.py|MANIFEST\.in)$/],
  },
  {
    tool: 'python start',
    kind: 'recipe',
    languages: LANGUAGES,
    starts: starts(['python[0-9.]*']),
    configuration: [/(^|\/)(sitecustomize|usercustomize)\.py$/, /(^|\/)pyvenv\.cfg$/],
    artefacts: ARTEFACTS,
  },
  {
    tool: 'ruff',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['ruff']),
    configuration: [/(^|\/)\.?ruff\.toml$/],
    artefacts: [/(^|\/)\.ruff_cache\//],
  },
  {
    tool: 'flake8',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['flake8', 'pylint', 'pycodestyle']),
    configuration: [/(^|\/)(\.flake8|\.?pylintrc(\.toml)?)$/],
  },
  {
    tool: 'mypy',
    kind: 'types',
    languages: LANGUAGES,
    starts: starts(['d?mypy']),
    configuration: [/(^|\/)\.?mypy\.ini$/],
    artefacts: [/(^|\/)\.mypy_cache\//],
  },
  {
    tool: 'pyright',
    kind: 'types',
    languages: LANGUAGES,
    starts: starts(['(?:based)?pyright']),
    configuration: [/(^|\/)pyrightconfig\.json$/],
  },
];
