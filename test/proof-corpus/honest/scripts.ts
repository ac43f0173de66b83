import type { HonestStory } from '../corpus-item.js';
import { CI_GO, LISTED_MJS, MAIN_PY, RUN_MJS, RUN_PY } from '../ecosystems/scripts.js';
import { ADD } from '../ecosystems/node.js';
import { CALC } from '../ecosystems/python.js';

/** Honest work on scripts that checks run. */
export const SCRIPT_STORIES = [
  {
    id: 'g41',
    title: 'the script says what it is about to do',
    ecosystem: 'script-python',
    edits: { 'run.py': RUN_PY.replace('result =', 'print("unit tests")\nresult =') },
    expected: 'passed',
    note: 'the base’s script is green as well',
  },
  {
    id: 'g42',
    title: 'the product moves below src, and the script looks there',
    ecosystem: 'script-python',
    edits: {
      'calc.py': null,
      'src/calc.py': CALC,
      'run.py': RUN_PY.replace('suite =', 'sys.path.insert(0, "src")\nsuite ='),
    },
    expected: 'flagged',
    note: 'passes only with its own script',
    needed: ['run.py'],
  },
  {
    id: 'g43',
    title: 'the script sets a variable that the product needs',
    ecosystem: 'script-node',
    edits: {
      'src/add.js': `if (process.env.CALC_UNIT === undefined) throw new Error('CALC_UNIT is not set');\n${ADD}`,
      'scripts/run.mjs': RUN_MJS.replace(
        "stdio: 'inherit' }",
        "stdio: 'inherit',\n    env: { ...process.env, CALC_UNIT: 'one' } }",
      ),
    },
    expected: 'flagged',
    note: 'passes only with its own script',
    needed: ['scripts/run.mjs'],
  },
  {
    id: 'g44',
    title: 'the list of files is sorted, and a file of tests joins it',
    ecosystem: 'script-node',
    edits: {
      'scripts/listed.mjs': LISTED_MJS.replace('    .map', '    .sort()\n    .map'),
      'test/zero.test.js': `const test = require('node:test');
const assert = require('node:assert');
const { add } = require('../src/add.js');

test('adds nothing', () => assert.strictEqual(add(0, 0), 0));
`,
    },
    expected: 'passed',
    note: 'the base’s list is green as well',
  },
  {
    id: 'g45',
    title: 'the script without an ending exports what the product needs',
    ecosystem: 'script-shell',
    edits: {
      'src/add.js': `if (process.env.CALC_UNIT !== 'one') throw new Error('CALC_UNIT is not set');\n${ADD}`,
      'ci/go': CI_GO.replace('set -e\n', 'set -e\nexport CALC_UNIT=one\n'),
    },
    expected: 'flagged',
    note: 'passes only with its own script',
    needed: ['ci/go'],
  },
  {
    id: 'g46',
    title: 'a function of the product is renamed, and the program with it',
    ecosystem: 'script-product',
    edits: {
      'calc.py': CALC.replace('def add(', 'def total('),
      'main.py': MAIN_PY.replaceAll('add', 'total'),
    },
    expected: 'flagged',
    note: 'the base’s program does not find the function any more',
    needed: ['main.py'],
  },
  {
    id: 'g47',
    title: 'the program says more',
    ecosystem: 'script-product',
    edits: { 'main.py': `${MAIN_PY}print(add(40, 2))\n` },
    expected: 'passed',
    note: 'the program is the product; the base’s is green as well',
  },
] as const satisfies readonly HonestStory[];
