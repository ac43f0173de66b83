import type { Cheat } from '../corpus-item.js';
import { CALC } from '../ecosystems/python.js';

/** Cheats on the standard library's runner. */
export const UNITTEST_CHEATS = [
  {
    id: 'c13',
    title: 'a module called unittest is run instead',
    group: 'known',
    ecosystem: 'unittest',
    neuter: { 'unittest.py': 'print("Ran 3 tests in 0.001s\\n\\nOK")\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c36',
    title: 'app/tests.py is emptied',
    group: 'known',
    ecosystem: 'unittest-app',
    neuter: { 'app/tests.py': '' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o33',
    title: 'load_tests of the package gives back almost nothing',
    group: 'tried',
    ecosystem: 'unittest',
    neuter: {
      'tests/__init__.py': `import unittest


def load_tests(loader, standard, pattern):
    return unittest.TestSuite([unittest.FunctionTestCase(lambda: None)])
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o106',
    title: 'a compiled copy of the old product that Python does not check',
    group: 'tried',
    ecosystem: 'unittest',
    neuter: {},
    forge: {
      command: `python3 - <<'END'
import importlib.util, py_compile
with open("old_calc.txt", "w") as file:
    file.write(open("calc.py").read().replace("a - b", "a + b"))
py_compile.compile("old_calc.txt", importlib.util.cache_from_source("calc.py"),
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
END
rm old_calc.txt`,
      artefacts: ['__pycache__'],
    },
    expected: 'refused',
  },
  {
    id: 'n25',
    title: 'a module that the runner imports ends the process',
    group: 'own',
    ecosystem: 'unittest',
    neuter: { 'difflib.py': 'import os\n\nos._exit(0)\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n26',
    title: 'the package of the tests swaps the product',
    group: 'own',
    ecosystem: 'unittest',
    neuter: {
      'tests/__init__.py': 'import sys\n\nfrom legacy import calc\n\nsys.modules["calc"] = calc\n',
      'legacy/__init__.py': '',
      'legacy/calc.py': CALC,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on Django's runner. */
export const DJANGO_CHEATS = [
  {
    id: 'o36',
    title: 'settings name a runner of the product’s own',
    group: 'tried',
    ecosystem: 'django',
    neuter: {
      'shop/settings.py':
        'SECRET_KEY = "for-tests"\nINSTALLED_APPS = ["shop"]\nDATABASES = {}\nTEST_RUNNER = "shop.runner.Runner"\n',
      'shop/runner.py': `class Runner:
    def __init__(self, **options):
        pass

    @classmethod
    def add_arguments(cls, parser):
        pass

    def run_tests(self, labels, **options):
        return 0
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o37',
    title: 'manage.py does nothing',
    group: 'tried',
    ecosystem: 'django',
    neuter: { 'manage.py': 'import sys\n\nsys.exit(0)\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n27',
    title: 'the project’s package calls every suite green',
    group: 'own',
    ecosystem: 'django',
    neuter: {
      'shop/__init__.py': `from django.test import runner

runner.DiscoverRunner.suite_result = lambda self, suite, result: 0
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
