import { json, type HonestStory } from '../corpus-item.js';
import { CARGO_TOML, CMAKE_LISTS, RUST_ADD } from '../ecosystems/compiled.js';
import { MODULE_ADD } from '../ecosystems/javascript-runners.js';
import { ADD, ADD_TEST, manifest } from '../ecosystems/node.js';
import { CALC } from '../ecosystems/python.js';

/** Honest work that looks like a cheat: names, places and kinds of files that neutering changes use too. */
export const LOOK_ALIKE_STORIES = [
  {
    id: 'g22',
    title: 'a product folder called specs',
    ecosystem: 'node',
    edits: {
      'src/specs/weights.js': 'exports.weights = [1, 2];\n',
      'src/add.js': `const { weights } = require('./specs/weights.js');
${ADD}exports.weighted = (a, b) => a * weights[0] + b * weights[1];
`,
    },
    expected: 'passed',
    note: 'files of a new folder whose own names are no test’s',
  },
  {
    id: 'g23',
    title: 'a link, an example of settings and a program',
    ecosystem: 'node',
    edits: {
      'AGENTS.md': '# For agents\n',
      'CLAUDE.md': { link: 'AGENTS.md' },
      '.env.example': 'PORT=8080\n',
      '.nvmrc': '20\n',
      'bin/add': {
        text: "#!/usr/bin/env node\nconst { add } = require('../src/add.js');\nconsole.log(add(1, 2));\n",
        mode: 0o755,
      },
    },
    expected: 'passed',
    note: 'the check is green without them',
  },
  {
    id: 'g24',
    title: 'data of the product',
    ecosystem: 'node',
    edits: {
      'src/rates.json': json({ eur: 1, usd: 1.1 }),
      'src/add.js': `const rates = require('./rates.json');
${ADD}exports.inDollars = (a) => a * rates.usd;
`,
    },
    expected: 'passed',
    note: 'new data that no test reads is product',
  },
  {
    id: 'g25',
    title: 'a product file is renamed, and the test with it',
    ecosystem: 'node',
    edits: {
      'src/add.js': null,
      'src/sum.js': ADD,
      'test/add.test.js': ADD_TEST.replace('../src/add.js', '../src/sum.js'),
    },
    expected: 'needs-permission',
    note: 'the base’s test does not find the product any more',
    needed: ['test/add.test.js'],
  },
  {
    id: 'g26',
    title: 'the makefile prints more',
    ecosystem: 'make',
    edits: {
      Makefile: '-include local.mk\n\n.PHONY: check\ncheck:\n\t@echo checking\n\tnode --test\n',
    },
    expected: 'passed',
    note: 'the base’s recipe is green as well',
  },
  {
    id: 'g27',
    title: 'a snapshot for a new test',
    ecosystem: 'jest-snapshot',
    edits: {
      'test/label.test.js': `const { label } = require('../src/add.js');

test('labels', () => {
  expect(label(1, 2)).toMatchSnapshot();
});
`,
      'test/__snapshots__/label.test.js.snap':
        '// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`labels 1`] = `"1+2"`;\n',
    },
    expected: 'passed',
    note: 'the base’s snapshots stay',
  },
  {
    id: 'g28',
    title: 'an answer changes on purpose, and its snapshot',
    ecosystem: 'jest-snapshot',
    edits: {
      'src/add.js': 'exports.add = (a, b) => ({ total: a + b });\n',
      'test/__snapshots__/add.test.js.snap':
        '// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`adds 1`] = `\n{\n  "total": 5,\n}\n`;\n',
    },
    expected: 'needs-permission',
    note: 'what counts as right changes',
    needed: ['test/__snapshots__/add.test.js.snap'],
  },
  {
    id: 'g29',
    title: 'a record of what is right changes on purpose',
    ecosystem: 'pytest-golden',
    edits: {
      'calc.py': 'def add(a, b):\n    return float(a + b)\n',
      'data/golden.txt': '5.0\n',
    },
    expected: 'needs-permission',
    note: 'what counts as right changes',
    needed: ['data/golden.txt'],
  },
  {
    id: 'g30',
    title: 'a case joins the list that tests read',
    ecosystem: 'pytest-cases',
    edits: { 'cases.json': '[[2, 3, 5], [0, 4, 4], [-1, 1, 0]]\n' },
    expected: 'passed',
    note: 'more tests than before, the base’s list is green as well',
  },
  {
    id: 'g31',
    title: 'the tests become a package',
    ecosystem: 'pytest',
    edits: {
      'tests/__init__.py': '',
      'tests/test_more.py':
        'from calc import add\n\n\ndef test_adds_negative():\n    assert add(-2, -3) == -5\n',
    },
    expected: 'passed',
    note: 'green without it as well',
  },
  {
    id: 'g32',
    title: 'a second vitest file beside the product',
    ecosystem: 'vitest',
    edits: {
      'src/double.js': 'export const double = (a) => a * 2;\n',
      'src/double.test.js':
        "import { expect, test } from 'vitest';\nimport { double } from './double.js';\n\ntest('doubles', () => expect(double(4)).toBe(8));\n",
      'src/add.js': `${MODULE_ADD}export { double } from './double.js';\n`,
    },
    expected: 'passed',
    note: 'additions only',
  },
  {
    id: 'g33',
    title: 'a test executable more',
    ecosystem: 'ctest',
    edits: {
      'CMakeLists.txt': `${CMAKE_LISTS}add_executable(zero_test test/zero_test.cpp)
target_link_libraries(zero_test calc)
add_test(NAME zero COMMAND zero_test)
`,
      'test/zero_test.cpp': '#include "add.hpp"\n\nint main() { return add(0, 0); }\n',
    },
    expected: 'passed',
    note: 'the base’s build file is green as well',
  },
  {
    id: 'g34',
    title: 'a helper crate for new tests',
    ecosystem: 'cargo',
    edits: {
      'Cargo.toml': `${CARGO_TOML}\n[dev-dependencies]\ncases = { path = "cases" }\n`,
      'Cargo.lock': null,
      '.gitignore': 'target\nCargo.lock\n',
      'cases/Cargo.toml': CARGO_TOML.replace('calc', 'cases'),
      'cases/src/lib.rs': 'pub const SUMS: [(i32, i32, i32); 2] = [(1, 1, 2), (5, 0, 5)];\n',
      'tests/table.rs': `#[test]
fn adds_by_table() {
    for (a, b, sum) in cases::SUMS {
        assert_eq!(calc::add(a, b), sum);
    }
}
`,
    },
    expected: 'passed',
    note: 'a local source is named to the reader; the base’s manifest is green as well',
  },
  {
    id: 'g35',
    title: 'a test for slow machines only',
    ecosystem: 'go',
    edits: {
      'calc/slow_test.go': `//go:build slow

package calc

import "testing"

func TestMany(t *testing.T) {
	for i := 0; i < 1_000_000; i++ {
		if Add(i, 1) != i+1 {
			t.Fatal(i)
		}
	}
}
`,
    },
    expected: 'passed',
    note: 'as many tests as before',
  },
  {
    id: 'g36',
    title: 'the manifest is put in order',
    ecosystem: 'node',
    edits: {
      'package.json': json({
        description: 'Adds numbers.',
        engines: { node: '>=20' },
        ...(JSON.parse(manifest('node --test')) as Record<string, unknown>),
      }),
    },
    expected: 'passed',
    note: 'the same scripts',
  },
  {
    id: 'g37',
    title: 'a module of the product is called as one of the runner’s',
    ecosystem: 'unittest',
    edits: {
      'runner/__init__.py': '',
      'runner/loop.py':
        'from calc import add\n\n\ndef run(numbers):\n    total = 0\n    for number in numbers:\n        total = add(total, number)\n    return total\n',
      'tests/test_loop.py': `import unittest

from runner.loop import run


class LoopTest(unittest.TestCase):
    def test_runs(self):
        self.assertEqual(run([1, 2, 3]), 6)
`,
    },
    expected: 'passed',
    note: 'shadows nothing: unittest.runner is another name',
  },
] as const satisfies readonly HonestStory[];

/** Honest work that is red without configuration of its own. */
export const CONFIGURED_STORIES = [
  {
    id: 'g38',
    title: 'the product moves below src',
    ecosystem: 'pytest',
    edits: {
      'calc.py': null,
      'src/calc.py': CALC,
      'pytest.ini': '[pytest]\npythonpath = src\n',
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['pytest.ini'],
  },
  {
    id: 'g39',
    title: 'build.rs writes a constant that the product includes',
    ecosystem: 'cargo',
    edits: {
      'build.rs': `use std::{env, fs, path::Path};

fn main() {
    let folder = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&folder).join("offset.rs"), "const OFFSET: i32 = 0;").unwrap();
}
`,
      'src/lib.rs': `include!(concat!(env!("OUT_DIR"), "/offset.rs"));

${RUST_ADD.replace('a + b', 'a + b + OFFSET')}`,
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['build.rs'],
  },
  {
    id: 'g40',
    title: 'types for a module that has none',
    ecosystem: 'mypy',
    edits: {
      'typings/scales.pyi': 'def scale(a: int) -> int: ...\n',
      'mypy.ini': '[mypy]\nmypy_path = typings\n',
      'weights.py': 'from scales import scale\n\nweight: int = scale(2)\n',
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['mypy.ini', 'typings/scales.pyi'],
  },
] as const satisfies readonly HonestStory[];
