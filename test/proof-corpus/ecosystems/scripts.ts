import { json, type Ecosystem } from '../corpus-item.js';
import { ADD, ADD_TEST, BROKEN_ADD } from './node.js';
import { BROKEN_CALC, CALC, UNIT } from './python.js';

/** Starts Python's own runner. */
export const RUN_PY = `import sys
import unittest

suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
result = unittest.TextTestRunner().run(suite)
sys.exit(0 if result.wasSuccessful() else 1)
`;
/** Starts one process a file of tests. */
export const RUN_MJS = `import { spawnSync } from 'node:child_process';
import { listed } from './listed.mjs';

let failures = 0;
for (const file of listed('test')) {
  const { status } = spawnSync(process.execPath, [file], { stdio: 'inherit' });
  if (status !== 0) failures += 1;
}
process.exit(failures === 0 ? 0 : 1);
`;
/** Which files those are. */
export const LISTED_MJS = `import { readdirSync } from 'node:fs';

export function listed(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => \`\${folder}/\${name}\`);
}
`;
/** A shell script without an ending. */
export const CI_GO = `set -e
for file in test/*.test.js; do
  node "$file"
done
`;
/** Starts one process a file of tests. */
export const CI_ALL_RB = `failed = Dir['test/*_test.rb'].reject { |file| system('ruby', '-Ilib', file) }
exit(failed.empty? ? 0 : 1)
`;
/** Asserts by itself. */
export const RUN_ASSERTS = `from calc import add, label

assert add(2, 3) == 5, "adds"
assert label(1, 2) == "1+2", "labels"
print("fine")
`;
/** A program whose success is the check. */
export const MAIN_PY = `import sys

from calc import add

if len(sys.argv) > 3:
    sys.exit(2)
print(add(2, 3))
`;
const LABEL_TEST = `const test = require('node:test');
const assert = require('node:assert');
const { label } = require('../src/add.js');

test('labels again', () => assert.strictEqual(label(3, 4), '3+4'));
`;
const NODE_FILES = {
  'src/add.js': ADD,
  'test/add.test.js': ADD_TEST,
  'test/label.test.js': LABEL_TEST,
} as const;
const BROKEN_NODE = { 'src/add.js': BROKEN_ADD } as const;
const BROKEN_PYTHON = { 'calc.py': BROKEN_CALC } as const;
const ADD_RB = 'def add(a, b)\n  a + b\nend\n';

/** Projects whose check is a script with a name that says nothing. */
export const SCRIPT_ECOSYSTEMS = [
  {
    id: 'script-python',
    tool: 'scripts',
    files: { ...UNIT, 'run.py': RUN_PY },
    broken: BROKEN_PYTHON,
    check: 'python3 run.py',
    needs: ['python'],
  },
  {
    id: 'script-module',
    tool: 'scripts',
    files: { ...UNIT, 'ci/__init__.py': '', 'ci/all.py': RUN_PY },
    broken: BROKEN_PYTHON,
    check: 'python3 -m ci.all',
    needs: ['python'],
  },
  {
    id: 'script-node',
    tool: 'scripts',
    files: { ...NODE_FILES, 'scripts/run.mjs': RUN_MJS, 'scripts/listed.mjs': LISTED_MJS },
    broken: BROKEN_NODE,
    check: 'node scripts/run.mjs',
    needs: ['node'],
  },
  {
    id: 'script-recipe',
    tool: 'scripts',
    files: {
      ...NODE_FILES,
      'scripts/run.mjs': RUN_MJS,
      'scripts/listed.mjs': LISTED_MJS,
      'package.json': json({
        name: 'calc',
        version: '1.0.0',
        scripts: { all: 'node scripts/run.mjs', start: 'node src/add.js' },
      }),
      Makefile: 'NODE = node\n\n.PHONY: all\nall:\n\tnpm run all\n',
    },
    broken: BROKEN_NODE,
    check: 'make all',
    needs: ['make'],
  },
  {
    id: 'script-shell',
    tool: 'scripts',
    files: { ...NODE_FILES, 'ci/go': CI_GO },
    broken: BROKEN_NODE,
    check: 'bash ci/go',
    needs: ['node'],
  },
  {
    id: 'script-ruby',
    tool: 'scripts',
    files: {
      'lib/add.rb': ADD_RB,
      'test/add_test.rb': `require 'minitest/autorun'
require 'add'

class AddTest < Minitest::Test
  def test_adds
    assert_equal 5, add(2, 3)
  end

  def test_adds_nothing
    assert_equal 4, add(0, 4)
  end
end
`,
      'ci/all': CI_ALL_RB,
    },
    broken: { 'lib/add.rb': ADD_RB.replace('+', '-') },
    check: 'ruby ci/all',
    needs: ['ruby'],
  },
  {
    id: 'script-asserts',
    tool: 'scripts',
    files: { '.gitignore': '__pycache__/\n', 'calc.py': CALC, 'run.py': RUN_ASSERTS },
    broken: BROKEN_PYTHON,
    check: 'python3 run.py',
    needs: ['python'],
  },
  {
    id: 'script-product',
    tool: 'scripts',
    files: { '.gitignore': '__pycache__/\n', 'calc.py': CALC, 'main.py': MAIN_PY },
    broken: BROKEN_PYTHON,
    check: 'python3 main.py | grep -qx 5',
    needs: ['python'],
  },
] as const satisfies readonly Ecosystem[];
