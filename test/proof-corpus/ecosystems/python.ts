import type { Ecosystem } from '../corpus-item.js';

/** The product of all Python projects here. */
export const CALC = `def add(a, b):
    return a + b


def label(a, b):
    return f"{a}+{b}"
`;
/** `add` broken, `label` whole. */
export const BROKEN_CALC = CALC.replace('a + b', 'a - b');
const BROKEN = { 'calc.py': BROKEN_CALC } as const;

const PYTEST = {
  '.gitignore': '__pycache__/\n.pytest_cache/\n',
  'calc.py': CALC,
  'tests/test_add.py': `from calc import add


def test_adds():
    assert add(2, 3) == 5


def test_adds_nothing():
    assert add(0, 4) == 4
`,
  'tests/test_label.py': `from calc import label


def test_labels():
    assert label(1, 2) == "1+2"
`,
} as const;
const PYTEST_NEEDS = ['python', 'pip:pytest'] as const;

/** Projects tested with pytest. */
export const PYTEST_ECOSYSTEMS = [
  {
    id: 'pytest',
    tool: 'pytest',
    files: PYTEST,
    broken: BROKEN,
    check: 'python3 -m pytest -q',
    needs: PYTEST_NEEDS,
  },
  {
    id: 'pytest-python-path',
    tool: 'pytest',
    files: PYTEST,
    broken: BROKEN,
    check: 'PYTHONPATH=. pytest -q',
    needs: PYTEST_NEEDS,
  },
  {
    id: 'pytest-folder',
    tool: 'pytest',
    files: PYTEST,
    broken: BROKEN,
    check: 'python3 -m pytest -q tests',
    needs: PYTEST_NEEDS,
  },
  {
    id: 'pytest-pyproject',
    tool: 'pytest',
    files: { ...PYTEST, 'pyproject.toml': '[project]\nname = "calc"\nversion = "1.0.0"\n' },
    broken: BROKEN,
    check: 'python3 -m pytest -q',
    needs: PYTEST_NEEDS,
  },
  {
    id: 'pytest-cases',
    tool: 'pytest',
    files: {
      '.gitignore': PYTEST['.gitignore'],
      'calc.py': CALC,
      'cases.json': '[[2, 3, 5], [0, 4, 4]]\n',
      'tests/test_add.py': `import json
from pathlib import Path

import pytest
from calc import add, label

CASES = json.loads((Path(__file__).parent.parent / "cases.json").read_text())


@pytest.mark.parametrize("a,b,total", CASES)
def test_adds(a, b, total):
    assert add(a, b) == total


def test_labels():
    assert label(1, 2) == "1+2"
`,
    },
    broken: BROKEN,
    check: 'python3 -m pytest -q',
    needs: PYTEST_NEEDS,
  },
  {
    id: 'pytest-golden',
    tool: 'pytest',
    files: {
      '.gitignore': PYTEST['.gitignore'],
      'calc.py': CALC,
      'data/golden.txt': '5\n',
      'tests/test_add.py': `from pathlib import Path

from calc import add


def test_adds_like_the_record():
    assert f"{add(2, 3)}\\n" == Path("data/golden.txt").read_text()
`,
    },
    broken: BROKEN,
    check: 'python3 -m pytest -q',
    needs: PYTEST_NEEDS,
  },
] as const satisfies readonly Ecosystem[];

/** The project's files. */
export const UNIT = {
  '.gitignore': '__pycache__/\n',
  'calc.py': CALC,
  'tests/__init__.py': '',
  'tests/test_add.py': `import unittest

from calc import add


class AddTest(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_adds_nothing(self):
        self.assertEqual(add(0, 4), 4)
`,
  'tests/test_label.py': `import unittest

from calc import label


class LabelTest(unittest.TestCase):
    def test_labels(self):
        self.assertEqual(label(1, 2), "1+2")
`,
} as const;

/** Projects tested with the standard library's runner. */
export const UNITTEST_ECOSYSTEMS = [
  {
    id: 'unittest',
    tool: 'unittest',
    files: UNIT,
    broken: BROKEN,
    check: 'python3 -m unittest',
    needs: ['python'],
  },
  {
    id: 'unittest-app',
    tool: 'unittest',
    files: {
      '.gitignore': '__pycache__/\n',
      'app/__init__.py': '',
      'app/calc.py': CALC,
      'app/tests.py': UNIT['tests/test_add.py'].replace('from calc', 'from app.calc'),
      'app/more_tests.py': UNIT['tests/test_label.py'].replace('from calc', 'from app.calc'),
    },
    broken: { 'app/calc.py': BROKEN_CALC },
    check: 'python3 -m unittest app.tests app.more_tests',
    needs: ['python'],
  },
] as const satisfies readonly Ecosystem[];

/** A Django project. */
export const DJANGO_ECOSYSTEMS = [
  {
    id: 'django',
    tool: 'django',
    files: {
      '.gitignore': '__pycache__/\n',
      'manage.py': `import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line(sys.argv)
`,
      'shop/__init__.py': '',
      'shop/settings.py': 'SECRET_KEY = "for-tests"\nINSTALLED_APPS = ["shop"]\nDATABASES = {}\n',
      'shop/price.py': CALC,
      'shop/tests.py': `from django.test import SimpleTestCase

from shop.price import add, label


class PriceTest(SimpleTestCase):
    def test_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_labels(self):
        self.assertEqual(label(1, 2), "1+2")
`,
    },
    broken: { 'shop/price.py': BROKEN_CALC },
    check: 'python3 manage.py test',
    needs: ['python', 'pip:django'],
  },
] as const satisfies readonly Ecosystem[];
