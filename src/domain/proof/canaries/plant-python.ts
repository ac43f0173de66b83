import { markOf, spelled } from './canary.js';
import type { Plant } from './planting.js';

/** Canaries for files of Python tests: pytest, unittest and Django's runner find all of them. */
export const plantPython: Plant = (kind, { text, token }) => {
  const [first, second] = [token(0), token(1)];
  if (kind === 'existing-tests') return { text: insert(text, wrapTests(first)), tokens: [first] };
  const base = /\bdjango\.test\b/.test(text)
    ? 'from django.test import SimpleTestCase as Base'
    : 'from unittest import TestCase as Base';
  const [plain, method] =
    kind === 'new-case'
      ? [`raise RuntimeError(${spelled(first)})`, `raise RuntimeError(${spelled(second)})`]
      : [`assert '${first}' == 'other'`, `self.assertEqual('${second}', 'other')`];
  const code = [
    `def test_${markOf(first)}():`,
    `    ${plain}`,
    `${base}${markOf(second)}`,
    `class Test${markOf(second)}(Base${markOf(second)}):`,
    `    def test_${markOf(second)}(self):`,
    `        ${method}`,
    `del Base${markOf(second)}`,
  ].join('\n');
  return { text: insert(text, code), tokens: [first, second] };
};

/** Every test function and method of the module raises; names, parameters and marks stay. */
function wrapTests(token: string): string {
  return [
    `def _${token}():`,
    `    import functools`,
    `    def failing(test):`,
    `        @functools.wraps(test)`,
    `        def fail(*args, **kwargs):`,
    `            raise RuntimeError('${token}')`,
    `        return fail`,
    `    space = globals()`,
    `    for name, value in list(space.items()):`,
    `        if isinstance(value, type):`,
    `            if value.__module__ != __name__:`,
    `                continue`,
    `            for inner, method in list(vars(value).items()):`,
    `                if inner.startswith('test') and callable(method):`,
    `                    setattr(value, inner, failing(method))`,
    `        elif name.startswith('test') and callable(value):`,
    `            space[name] = failing(value)`,
    `_${token}()`,
    `del _${token}`,
  ].join('\n');
}

/** At the end, but before what runs the tests when the file is started as a script. */
function insert(text: string, code: string): string {
  const at = text.search(/^if\s+__name__\s*==/m);
  return at < 0 ? `${text}\n\n${code}\n` : `${text.slice(0, at)}${code}\n\n${text.slice(at)}`;
}
