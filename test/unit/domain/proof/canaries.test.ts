import { describe, expect, it } from 'vitest';
import { markOf, showsToken, spelled } from '../../../../src/domain/proof/canaries/canary.js';
import { CASES, PACKAGE, tryProjects, type CanaryProject } from '../../../support/canary-bench.js';

/** The quickest; all others are tried at the slow level. */
const PROJECTS: Readonly<Record<string, CanaryProject>> = {
  'node:test, CommonJS': {
    needs: ['node'],
    check: 'node --test',
    stages: CASES,
    places: ['a.test.js', 'b.test.js'],
    files: {
      'package.json': PACKAGE,
      'a.test.js': `#!/usr/bin/env node
'use strict'
const { describe, it, test } = require('node:test');
const assert = require('node:assert/strict');
test('adds', () => assert.equal(1 + 1, 2));
describe('group', () => { it('one', () => {}); it('later', { todo: true }, () => {}); });
`,
      'b.test.js': `const test = require('node:test');\nconst check = async () => {};\ntest('b', check)`,
    },
  },
  'unittest, by discovery': {
    needs: ['python'],
    check: 'python3 -m unittest',
    silent: 0,
    stages: CASES,
    places: ['test_a.py', 'test_b.py'],
    files: {
      'test_a.py': `"""Tests."""
from __future__ import annotations
import unittest
from unittest import mock

class A(unittest.TestCase):
    def setUp(self):
        self.two = 2

    def test_adds(self):
        self.assertEqual(1 + 1, self.two)

    @mock.patch('os.getcwd')
    def test_patched(self, getcwd):
        getcwd.assert_not_called()

    @unittest.skip('later')
    def test_later(self):
        self.fail()


class B(unittest.IsolatedAsyncioTestCase):
    async def test_waits(self):
        self.assertTrue(True)
`,
      'test_b.py': `import unittest\nclass B(unittest.TestCase):\n\tdef test_b(self):\n\t\tpass`,
    },
  },
  'a shell script': {
    needs: [],
    check: 'sh test/run.sh',
    stages: [['existing-tests']],
    places: ['test/run.sh'],
    files: { 'test/run.sh': '#!/bin/sh\nset -e\ntest 1 = 1\n' },
  },
};

tryProjects(PROJECTS);

describe('a token in what a check printed', () => {
  it.each([
    ['Error: kabz0e', true],
    ['  ✓ kabz0e (2 ms)', false],
    ['test_kabz0e (a.A) ... ok', false],
    ['tests/a.py::test_kabz0e PASSED [ 50%]', false],
    ['ok 3 - kabz0e', false],
    ['    --- PASS: Test_kabz0e (0.00s)', false],
    ['✓ kabz0e\nAssertionError: kabz0e', true],
    ["  11 | test('kab', () => { throw Error('kab' + 'z0e'); });", false],
    ['nothing', false],
  ])('%j: %s', (output, isShown) => {
    expect(showsToken(output, 'kabz0e')).toBe(isShown);
  });

  it('stands in no planted line of JavaScript in one piece', () => {
    expect([spelled('kabz12e'), markOf('kabz12e')]).toEqual(["'kab' + 'z12e'", 'kab']);
  });
});
