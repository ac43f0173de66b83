// Small projects with a product change and a change of what their check means; both are honest.

const NODE_TEST = `const { test } = require('node:test');
const assert = require('node:assert');
test('adds', () => assert.strictEqual(require('../src/add.js').add(1, 2), 3));
`;

export const ECOSYSTEMS = {
  node: {
    probe: 'node --version',
    check: 'npm test',
    files: {
      'package.json': '{"name":"demo","version":"1.0.0","scripts":{"test":"node --test"}}\n',
      'src/add.js': 'exports.add = (a, b) => a + b;\n',
      'test/add.test.js': NODE_TEST,
    },
    product: { 'src/add.js': 'exports.add = (a, b) => b + a;\n' },
    surface: { 'test/more.test.js': NODE_TEST, '.npmrc': 'fund=false\n' },
  },
  python: {
    probe: 'python3 --version',
    check: 'python3 -m unittest',
    files: {
      'calc.py': 'def add(a, b):\n    return a + b\n',
      'test_calc.py':
        'import unittest\nimport calc\n\n\nclass Add(unittest.TestCase):\n    def test_adds(self):\n        self.assertEqual(calc.add(1, 2), 3)\n',
    },
    product: { 'calc.py': 'def add(a, b):\n    return b + a\n' },
    surface: {
      'test_more.py':
        'import unittest\nimport calc\n\n\nclass More(unittest.TestCase):\n    def test_more(self):\n        self.assertEqual(calc.add(2, 2), 4)\n',
    },
  },
  go: {
    probe: 'go version',
    check: 'go test ./...',
    files: {
      'go.mod': 'module example.org/calc\n\ngo 1.21\n',
      'calc.go': 'package calc\n\nfunc Add(a, b int) int { return a + b }\n',
      'calc_test.go':
        'package calc\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
    },
    product: { 'calc.go': 'package calc\n\nfunc Add(a, b int) int { return b + a }\n' },
    surface: {
      'more_test.go':
        'package calc\n\nimport "testing"\n\nfunc TestMore(t *testing.T) {\n\tif Add(2, 2) != 4 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
    },
  },
  rust: {
    probe: 'cargo --version',
    check: 'cargo test --offline',
    files: {
      '.gitignore': 'target/\n',
      'Cargo.toml': '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock': 'version = 3\n\n[[package]]\nname = "calc"\nversion = "0.1.0"\n',
      'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n',
      'tests/add.rs': '#[test]\nfn adds() {\n    assert_eq!(calc::add(1, 2), 3);\n}\n',
    },
    product: { 'src/lib.rs': 'pub fn add(a: i32, b: i32) -> i32 {\n    b + a\n}\n' },
    surface: { 'tests/more.rs': '#[test]\nfn more() {\n    assert_eq!(calc::add(2, 2), 4);\n}\n' },
  },
};
