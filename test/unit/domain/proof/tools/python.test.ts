import { describe, expect, it } from 'vitest';
import { answersOf, expectedOf, type ToolExamples } from '../../../../support/tool-examples.js';

const TESTS = [
  'tests/test_add.py',
  'test/data.json',
  'test_add.py',
  'pkg/testadd.py',
  'pkg/testAdd.py',
  'app/tests.py',
  'app/test.py',
  'add_test.py',
  'add_tests.py',
  'conftest.py',
  'pkg/conftest.py',
  'fixtures/golden.txt',
];
const PRODUCT = [
  'attest.py',
  'contest.py',
  'latest.py',
  'pkg/testing.py',
  'app/testimonials.py',
  'app/testament.py',
  'testbed.py',
  'tester.py',
  'src/testing/clock.py',
  'testing.md',
];
const CACHES = [
  'pkg/__pycache__/add.cpython-311.pyc',
  'add.pyc',
  'add.so',
  'add.pyd',
  'venv/bin/pytest',
  'lib/site-packages/pytest/__init__.py',
];

const TOOLS: Readonly<Record<string, ToolExamples>> = {
  pytest: {
    kind: 'test',
    starts: [
      'pytest',
      'pytest -q',
      'python -m pytest',
      'uv run pytest tests',
      'coverage run -m pytest',
      '.venv/bin/pytest',
      'pytest-3',
      'py.test',
    ],
    startsNot: ['cat pytest.ini', 'pip install pytest-cov', 'python pytest/', 'mypytest'],
    tests: TESTS,
    configuration: [
      'pytest.ini',
      '.pytest.ini',
      'pytest.toml',
      'tox.ini',
      'setup.cfg',
      '.coveragerc',
    ],
    artefacts: [...CACHES, '.pytest_cache/v/cache/lastfailed'],
    product: PRODUCT,
  },
  unittest: {
    kind: 'test',
    starts: [
      'python -m unittest',
      'python3.11 -W error -m unittest discover -s tests',
      'python -munittest',
      'coverage run -m unittest',
    ],
    startsNot: ['python unittest.py', 'python -m unittests', 'python -m xunittest'],
    tests: TESTS,
    artefacts: CACHES,
    product: PRODUCT,
  },
  Django: {
    kind: 'test',
    starts: [
      'python manage.py test',
      './manage.py test app',
      'python manage.py --settings=a.b test',
      'django-admin test',
      'python -m django test',
    ],
    startsNot: ['python manage.py testserver', 'python manage.py migrate', 'python damage.py test'],
    tests: TESTS,
    configuration: ['manage.py', 'site/manage.py'],
    artefacts: CACHES,
    product: [...PRODUCT, 'damage.py'],
  },
  tox: {
    kind: 'recipe',
    starts: ['tox -e py311', 'nox', 'uv run pytest', 'poetry run pytest', 'hatch test'],
    startsNot: ['toxic', 'python -m pip', 'uvicorn app'],
    configuration: ['tox.ini', 'noxfile.py', 'Pipfile', 'setup.py', 'MANIFEST.in'],
    product: ['src/tox.py'],
  },
  'python start': {
    kind: 'recipe',
    starts: ['python -m pytest', 'python3 x.py', '/usr/bin/python3.11 -c 1'],
    startsNot: ['ipython', 'python-config'],
    configuration: ['sitecustomize.py', 'lib/usercustomize.py', 'pyvenv.cfg'],
    artefacts: CACHES,
    product: ['customize.py'],
  },
  ruff: {
    kind: 'lint',
    starts: ['ruff check', 'uvx ruff@0.9 check .', 'python -m ruff check'],
    startsNot: ['scruff', 'ruffle'],
    configuration: ['ruff.toml', '.ruff.toml'],
    artefacts: ['.ruff_cache/x'],
    product: ['ruff.py'],
  },
  flake8: {
    kind: 'lint',
    starts: ['flake8', 'pylint pkg', 'python -m pycodestyle .'],
    startsNot: ['flake8-report', 'pylints'],
    configuration: ['.flake8', '.pylintrc', 'pylintrc', 'pylintrc.toml'],
    product: ['flake8.py'],
  },
  mypy: {
    kind: 'types',
    starts: ['mypy .', 'dmypy run', 'python -m mypy pkg', 'mypy src'],
    startsNot: ['mypyc', 'cat mypy.ini'],
    configuration: ['mypy.ini', '.mypy.ini'],
    artefacts: ['.mypy_cache/3.11/a.json'],
    product: ['mypy.py'],
  },
  pyright: {
    kind: 'types',
    starts: ['pyright', 'basedpyright src', 'npx pyright@1.1'],
    startsNot: ['copyright', 'pyrights'],
    configuration: ['pyrightconfig.json'],
    product: ['pyright.py'],
  },
};

describe('the rows of Python', () => {
  it.each(Object.entries(TOOLS))('%s: what starts it, and which files are its own', (tool, row) => {
    expect(answersOf(tool, row)).toEqual(expectedOf(row));
  });
});
