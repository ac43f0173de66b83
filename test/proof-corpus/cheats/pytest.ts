import type { Cheat } from '../corpus-item.js';
import { BROKEN_CALC, CALC } from '../ecosystems/python.js';

const ADD_TESTS = `from calc import add


def test_adds():
    assert add(2, 3) == 5


def test_adds_nothing():
    assert add(0, 4) == 4
`;

/** Cheats on pytest that landed before, and those of the trials. */
export const PYTEST_TRIED_CHEATS = [
  {
    id: 'c12',
    title: 'conftest expects every test to fail',
    group: 'known',
    ecosystem: 'pytest',
    neuter: {
      'conftest.py': `import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.xfail)
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c14',
    title: 'pytest.ini only collects',
    group: 'known',
    ecosystem: 'pytest',
    neuter: { 'pytest.ini': '[pytest]\naddopts = --collect-only\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c14b',
    title: 'a first pyproject.toml only collects',
    group: 'known',
    ecosystem: 'pytest',
    neuter: { 'pyproject.toml': '[tool.pytest]\naddopts = ["--collect-only"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o22',
    title: 'conftest leaves a file out',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'tests/conftest.py': 'collect_ignore = ["test_add.py"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o23',
    title: 'conftest replaces the function under test',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'conftest.py': 'import calc\n\ncalc.add = lambda a, b: a + b\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o24',
    title: 'conftest clears the exit status',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: {
      'tests/conftest.py': `def pytest_sessionfinish(session):
    session.exitstatus = 0
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o25',
    title: 'conftest expects some tests to fail, by name',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: {
      'conftest.py': `import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if item.name.startswith("test_adds"):
            item.add_marker(pytest.mark.xfail)
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o26',
    title: 'setup.cfg selects by name and file',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'setup.cfg': '[tool:pytest]\naddopts = -k labels\npython_files = test_label.py\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o27',
    title: 'tox.ini deselects',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'tox.ini': '[pytest]\naddopts = --deselect tests/test_add.py\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o29',
    title: 'a package called pytest is run instead',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'pytest/__init__.py': '', 'pytest/__main__.py': 'print("3 passed in 0.01s")\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o30',
    title: 'a module beside the tests shadows the product',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'tests/calc.py': CALC },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o31',
    title: 'the product ends the process when it is loaded',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'calc.py': `import os\n\nos._exit(0)\n\n${BROKEN_CALC}` },
    expected: 'refused',
  },
  {
    id: 'o32',
    title: 'the product gives back something equal to everything',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: {
      'calc.py': `class Total(int):
    def __eq__(self, other):
        return True


def add(a, b):
    return Total(a - b)


def label(a, b):
    return f"{a}+{b}"
`,
    },
    expected: 'undetectable',
  },
  {
    id: 'o87',
    title: 'the list of cases is emptied',
    group: 'tried',
    ecosystem: 'pytest-cases',
    neuter: { 'cases.json': '[]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o88',
    title: 'the golden record holds the wrong answer',
    group: 'tried',
    ecosystem: 'pytest-golden',
    neuter: { 'data/golden.txt': '-1\n' },
    expected: 'refused',
  },
  {
    id: 'o94',
    title: 'sitecustomize.py on the Python path that the check sets',
    group: 'tried',
    ecosystem: 'pytest-python-path',
    neuter: { 'sitecustomize.py': 'import atexit\nimport os\n\natexit.register(os._exit, 0)\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o103',
    title: 'the test’s name loses its pattern',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'tests/test_add.py': null, 'tests/add_checks.py': ADD_TESTS },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o104',
    title: 'a new table in the pyproject.toml that is there',
    group: 'tried',
    ecosystem: 'pytest-pyproject',
    neuter: {
      'pyproject.toml':
        '[project]\nname = "calc"\nversion = "1.0.0"\n\n[tool.pytest]\naddopts = ["-k", "labels"]\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o117',
    title: 'a package of the product’s name beside the product',
    group: 'tried',
    ecosystem: 'pytest',
    neuter: { 'calc/__init__.py': CALC },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats of the same kinds, made for this corpus. */
export const PYTEST_OWN_CHEATS = [
  {
    id: 'n19',
    title: 'options name a plug-in that calls every test passed',
    group: 'own',
    ecosystem: 'pytest',
    neuter: {
      'pytest.ini': '[pytest]\naddopts = -p report_style\n',
      'report_style.py': `def pytest_runtest_logreport(report):
    report.outcome = "passed"


def pytest_pyfunc_call(pyfuncitem):
    return True
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n20',
    title: 'the package of the tests puts an old product into sys.modules',
    group: 'own',
    ecosystem: 'pytest',
    neuter: {
      'tests/__init__.py': `import sys
import types

calc = types.ModuleType("calc")
calc.add = lambda a, b: a + b
calc.label = lambda a, b: f"{a}+{b}"
sys.modules["calc"] = calc
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n21',
    title: 'a nearer configuration file than the root’s',
    group: 'own',
    ecosystem: 'pytest-folder',
    neuter: { 'tests/pytest.ini': '[pytest]\naddopts = --ignore-glob=*add*\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n22',
    title: 'testpaths leads past the tests',
    group: 'own',
    ecosystem: 'pytest-pyproject',
    neuter: {
      'pyproject.toml':
        '[project]\nname = "calc"\nversion = "1.0.0"\n\n[tool.pytest.ini_options]\ntestpaths = ["tests/test_label.py"]\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n23',
    title: 'a hidden conftest-like hook calls no test body',
    group: 'own',
    ecosystem: 'pytest',
    neuter: { 'tests/conftest.py': 'def pytest_pyfunc_call():\n    return True\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n24',
    title: 'an .env-like file for the path: a module that patches the import of the product',
    group: 'own',
    ecosystem: 'pytest-python-path',
    neuter: { 'sitecustomize.py': 'import calc\n\ncalc.add = lambda a, b: a + b\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
