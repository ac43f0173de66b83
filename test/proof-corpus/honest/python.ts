import type { HonestStory } from '../corpus-item.js';
import { CALC } from '../ecosystems/python.js';

const WITH_SUM = `${CALC}

def total(numbers):
    return sum(numbers)
`;

/** Honest stories on Python's tools, from the trials. */
export const PYTHON_HONEST_STORIES = [
  {
    id: 'h01',
    title: 'a first pytest.ini, quiet',
    ecosystem: 'pytest',
    edits: {
      'pytest.ini': '[pytest]\naddopts = -q\nmarkers =\n    slow: takes long\n',
      'calc.py': WITH_SUM,
      'tests/test_total.py':
        'from calc import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n',
    },
    expected: 'passed',
    note: 'twice -q prints no summary: a count that cannot be read is not 0',
  },
  {
    id: 'h08',
    title: 'a fixture in conftest and a test that uses it',
    ecosystem: 'pytest',
    edits: {
      'tests/conftest.py':
        'import pytest\n\n\n@pytest.fixture\ndef numbers():\n    return (2, 3)\n',
      'tests/test_numbers.py':
        'from calc import add\n\n\ndef test_numbers(numbers):\n    assert add(*numbers) == 5\n',
    },
    expected: 'passed',
    note: 'additions that the base’s tests do not need',
  },
  {
    id: 'h15',
    title: 'a first mypy.ini, stricter',
    ecosystem: 'mypy',
    edits: { 'mypy.ini': '[mypy]\ndisallow_untyped_defs = True\nwarn_unused_ignores = True\n' },
    expected: 'passed',
    note: 'green without it as well',
  },
  {
    id: 'h16',
    title: 'ruff gets a line length',
    ecosystem: 'ruff',
    edits: { 'ruff.toml': 'line-length = 100\n' },
    expected: 'passed',
    note: 'green without it as well',
  },
  {
    id: 'h24',
    title: 'conftest sets what new code needs',
    ecosystem: 'pytest',
    edits: {
      'conftest.py': 'import os\n\nos.environ.setdefault("CALC_OFFSET", "0")\n',
      'calc.py': `import os

OFFSET = int(os.environ["CALC_OFFSET"])


def add(a, b):
    return a + b + OFFSET


def label(a, b):
    return f"{a}+{b}"
`,
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['conftest.py'],
  },
  {
    id: 'h28',
    title: 'a coverage configuration in a dot file',
    ecosystem: 'pytest',
    edits: { '.coveragerc': '[run]\nsource = .\nomit = tests/*\n' },
    expected: 'passed',
    note: 'nothing that the check reads',
  },
] as const satisfies readonly HonestStory[];

/** Honest work of the same kinds, made for this corpus. */
export const PYTHON_OWN_STORIES = [
  {
    id: 'g10',
    title: 'a fixture of a folder of tests of its own',
    ecosystem: 'pytest-folder',
    edits: {
      'tests/totals/conftest.py':
        'import pytest\n\n\n@pytest.fixture\ndef many():\n    return range(5)\n',
      'tests/totals/test_total.py':
        'from calc import total\n\n\ndef test_total(many):\n    assert total(many) == 10\n',
      'calc.py': WITH_SUM,
    },
    expected: 'passed',
    note: 'new tests beside the old ones',
  },
  {
    id: 'g11',
    title: 'a new test case for the standard runner',
    ecosystem: 'unittest',
    edits: {
      'calc.py': WITH_SUM,
      'tests/test_total.py': `import unittest

from calc import total


class TotalTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
`,
    },
    expected: 'passed',
    note: 'additions only',
  },
  {
    id: 'g12',
    title: 'a setting that has nothing to do with tests',
    ecosystem: 'django',
    edits: {
      'shop/settings.py':
        'SECRET_KEY = "for-tests"\nINSTALLED_APPS = ["shop"]\nDATABASES = {}\nTIME_ZONE = "UTC"\n',
      'shop/price.py': WITH_SUM,
    },
    expected: 'passed',
    note: 'the canaries stay red',
  },
  {
    id: 'g13',
    title: 'a project table in the pyproject.toml that is there',
    ecosystem: 'pytest-pyproject',
    edits: {
      'pyproject.toml':
        '[project]\nname = "calc"\nversion = "1.1.0"\nrequires-python = ">=3.9"\n\n[tool.ruff]\nline-length = 100\n',
    },
    expected: 'passed',
    note: 'keys that no check reads',
  },
] as const satisfies readonly HonestStory[];
