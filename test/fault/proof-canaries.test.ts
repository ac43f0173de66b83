import { CASES, PACKAGE, tryProjects, type CanaryProject } from '../support/canary-bench.js';

const MODULE = '{"private":true,"type":"module"}\n';

const PROJECTS: Readonly<Record<string, CanaryProject>> = {
  'node:test, modules': {
    needs: ['node'],
    check: 'node --test',
    stages: CASES,
    places: ['a.test.mjs', 'test/b.js'],
    files: {
      'package.json': MODULE,
      'a.test.mjs': `import test from 'node:test';\nimport assert from 'node:assert';\ntest('a', (t) => t.test('in a', () => assert.ok(true)));\nexport const x = 1;\n`,
      'test/b.js': `/** Tests. */\nimport {\n  test,\n} from 'node:test';\ntest('b', () => {}); // end without a line end`,
    },
  },
  'a script without a runner': {
    needs: ['node'],
    check: 'node test/run.js',
    stages: [['new-case']],
    places: ['test/run.js'],
    files: { 'test/run.js': `require('node:assert').equal(1, 1);\n` },
  },
  'unittest, as a script': {
    needs: ['python'],
    check: 'python3 test_a.py',
    silent: 0,
    stages: [['existing-tests'], ['new-case']],
    places: ['test_a.py'],
    files: {
      'test_a.py': `import unittest\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\nif __name__ == '__main__':\n    unittest.main()\n`,
    },
  },
  'jest, globals': {
    needs: ['node', 'npm:jest'],
    check: 'npx jest',
    stages: CASES,
    places: ['a.test.js', '__tests__/b.js'],
    files: {
      'package.json': PACKAGE,
      'a.test.js': `'use strict';\ndescribe('x', () => {\n  beforeEach(() => {});\n  test.each([1, 2])('adds %i', (n) => expect(n).toBe(n));\n  it.skip('later', () => {});\n});\n`,
      '__tests__/b.js': `const { test, expect } = require('@jest/globals');\ntest('b', () => expect(1).toBe(1));\n`,
    },
  },
  'jest, modules': {
    needs: ['node', 'npm:jest'],
    check: 'NODE_OPTIONS=--experimental-vm-modules npx jest',
    stages: CASES,
    places: ['a.test.js'],
    files: {
      'package.json': MODULE,
      'a.test.js': `import { jest, test, expect } from '@jest/globals';\njest.setTimeout(9000);\ntest('a', () => expect(1).toBe(1));\n`,
    },
  },
  vitest: {
    needs: ['node', 'npm:vitest'],
    check: 'npx vitest run',
    stages: CASES,
    places: ['a.test.ts', 'b.spec.js'],
    files: {
      'package.json': MODULE,
      'vitest.config.js': `export default { test: { globals: true } };\n`,
      'a.test.ts': `import { expect, test, vi } from 'vitest';\nimport { x } from './x.js';\nvi.mock('./x.js', () => ({ x: 3 }));\ntest('a', () => { expect(x as number).toBe(3); });\n`,
      'x.ts': `export const x: number = 1;\n`,
      'b.spec.js': `describe('b', () => { it('is', () => { expect(1).toBe(1); }); });\n`,
    },
  },
  mocha: {
    needs: ['node', 'npm:mocha', 'npm:chai'],
    check: 'npx mocha',
    stages: CASES,
    places: ['test/a.js', 'test/b.mjs', 'test/c.mjs'],
    files: {
      'package.json': PACKAGE,
      'test/a.js': `'use strict'\nconst assert = require('assert');\ndescribe('a', function () {\n  it('one', () => assert.ok(1));\n  it('two', (done) => done());\n  it('later');\n});\n`,
      'test/b.mjs': `import { expect } from 'chai';\ndescribe('b', () => { it('is', async () => { expect(1).to.equal(1); }); });\n`,
      'test/c.mjs': `import { it } from 'mocha';\nit('c', () => {});\n`,
    },
  },
  'mocha, TDD': {
    needs: ['node', 'npm:mocha'],
    check: 'npx mocha --ui tdd',
    stages: [['existing-tests']],
    places: ['test/a.js'],
    files: {
      'package.json': PACKAGE,
      'test/a.js': `suite('a', () => { test('one', () => {}); });\n`,
    },
  },
  pytest: {
    needs: ['python', 'pip:pytest'],
    check: 'python -m pytest -p no:cacheprovider',
    stages: CASES,
    places: ['test_a.py', 'tests/test_b.py'],
    files: {
      'test_a.py': `import pytest
from unittest import TestCase


@pytest.fixture
def two():
    return 2


def test_adds(two):
    assert 1 + 1 == two


@pytest.mark.parametrize('n', [1, 2])
def test_each(n):
    assert n


async def helper():
    return 1


class TestGroup:
    def test_one(self, two):
        assert two == 2

    @staticmethod
    def test_static():
        pass


class Old(TestCase):
    def test_old(self):
        self.assertTrue(True)
`,
      'tests/test_b.py': `from test_a import Old as Base\n\n\nclass TestMore(Base):\n    def test_more(self): pass\n`,
    },
  },
  Django: {
    needs: ['python', 'pip:django'],
    before: 'django-admin startproject site1 .',
    check: 'python manage.py test',
    silent: 0,
    stages: CASES,
    places: ['app/tests.py'],
    files: {
      'app/__init__.py': '',
      'app/tests.py': `from django.test import SimpleTestCase\n\n\nclass A(SimpleTestCase):\n    def test_a(self):\n        self.assertEqual(1, 1)\n`,
    },
  },
  Go: {
    needs: ['go'],
    check: 'go test ./...',
    stages: [['existing-tests'], ['new-case']],
    places: ['a_test.go', 'sub/b_test.go'],
    files: {
      'go.mod': 'module x\n\ngo 1.22\n',
      'a.go': 'package x\n\nfunc Add(a, b int) int { return a + b }\n',
      'a_test.go': `package x_test

import (
	"testing"

	"x"
)

func TestAdd(t *testing.T) {
	for _, c := range []int{1, 2} {
		t.Run("n", func(t *testing.T) { if x.Add(c, 0) != c { t.Fail() } })
	}
}

func BenchmarkAdd(b *testing.B) {}
`,
      'sub/b_test.go': `package sub\n\nimport "testing"\n\nfunc TestB(tt *testing.T) { tt.Parallel() }\n`,
    },
  },
  Rust: {
    needs: ['cargo'],
    check: 'cargo test --no-fail-fast --offline',
    stages: CASES,
    places: ['src/lib.rs', 'tests/add.rs'],
    files: {
      'Cargo.toml': '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': `pub fn add(a: i32, b: i32) -> i32 { a + b }\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(1, 1), 2);\n    }\n}\n`,
      'tests/add.rs': `#[test]\nfn adds() -> Result<(), String> {\n    Ok(())\n}\n\n#[test]\n#[should_panic(expected = "no")]\nfn panics() {\n    panic!("no");\n}\n`,
    },
  },
  'CTest, C and C++': {
    needs: ['cmake'],
    check: 'cmake -B build && cmake --build build && ctest --test-dir build --output-on-failure',
    stages: [['existing-tests']],
    places: ['tests/a_test.c', 'tests/b_test.cpp'],
    files: {
      'CMakeLists.txt': `cmake_minimum_required(VERSION 3.16)\nproject(x C CXX)\nenable_testing()\nadd_executable(a tests/a_test.c)\nadd_test(NAME a COMMAND a)\nadd_executable(b tests/b_test.cpp)\nadd_test(NAME b COMMAND b)\n`,
      'tests/a_test.c': `#include <assert.h>\nint main(void) { assert(1); return 0; }\n`,
      'tests/b_test.cpp': `#include <iostream>\nnamespace { int one() { return 1; } }\nint main() { std::cout << one(); }\n`,
    },
  },
  minitest: {
    needs: [],
    programs: [['ruby', '-rminitest', '-e', '1']],
    check: 'ruby a_test.rb',
    stages: [['existing-tests', 'new-case']],
    places: ['a_test.rb'],
    files: {
      'a_test.rb': `require 'minitest/autorun'\nclass A < Minitest::Test\n  def test_a\n    assert_equal 1, 1\n  end\nend\n`,
    },
  },
  ESLint: {
    needs: ['node', 'npm:eslint'],
    check: 'npx eslint .',
    stages: [['finding']],
    places: ['src/a.js', 'src/b.mjs'],
    files: {
      'package.json': PACKAGE,
      'eslint.config.mjs': `import js from '@eslint/js';\nexport default [js.configs.recommended, { files: ['**/*.js'], languageOptions: { sourceType: 'commonjs' } }];\n`,
      'src/a.js': `exports.a = () => 1;\n`,
      'src/b.mjs': `export const b = 1;\n`,
    },
  },
  tsc: {
    needs: ['node', 'npm:typescript'],
    check: 'npx tsc --noEmit',
    // it names the type of a double key, not the key
    silent: 2,
    stages: [['finding']],
    places: ['src/a.ts'],
    files: {
      'package.json': PACKAGE,
      'tsconfig.json': '{"compilerOptions":{"strict":true,"types":[]},"include":["src"]}\n',
      'src/a.ts': `export const a: number = 1;\n`,
    },
  },
  ruff: {
    needs: ['python', 'pip:ruff'],
    check: 'ruff check --no-cache',
    stages: [['finding']],
    places: ['a.py'],
    files: { 'a.py': `def a():\n    return 1\n` },
  },
  mypy: {
    needs: ['python', 'pip:mypy'],
    check: 'mypy --cache-dir=/dev/null a.py',
    stages: [['finding']],
    places: ['a.py'],
    files: { 'a.py': `def a() -> int:\n    return 1\n` },
  },
  'go vet': {
    needs: ['go'],
    check: 'go vet ./...',
    stages: [['finding']],
    places: ['a.go'],
    files: {
      'go.mod': 'module x\n\ngo 1.22\n',
      'a.go': '// Package x.\npackage x\n\nfunc A() {}\n',
    },
  },
  clippy: {
    needs: ['clippy'],
    check: 'cargo clippy --offline -- -D warnings',
    stages: [['finding']],
    places: ['src/lib.rs'],
    files: {
      'Cargo.toml': '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs': 'pub fn add(a: i32) -> i32 {\n    a\n}\n',
    },
  },
};

tryProjects(PROJECTS);
