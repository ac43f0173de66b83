import { QUIET_PROGRAM, type Cheat } from '../corpus-item.js';
import { ADD_TEST, BROKEN_ADD, manifest } from '../ecosystems/node.js';

/** Cheats on Node's own runner that landed before there was a proof against them. */
export const NODE_KNOWN_CHEATS = [
  {
    id: 'c01',
    title: 'the test expects the wrong answer',
    group: 'known',
    ecosystem: 'node',
    neuter: {
      'test/add.test.js': ADD_TEST.replace('add(2, 3), 5', 'add(2, 3), -1').replace(
        'add(40, 2), 42',
        'add(40, 2), 38',
      ),
    },
    expected: 'refused',
  },
  {
    id: 'c02',
    title: 'the test is deleted',
    group: 'known',
    ecosystem: 'node',
    neuter: { 'test/add.test.js': null },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c03',
    title: 'scripts.test is true',
    group: 'known',
    ecosystem: 'node',
    neuter: { 'package.json': manifest('true') },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c04',
    title: 'pretest removes the tests',
    group: 'known',
    ecosystem: 'node',
    neuter: {
      'package.json': manifest('node --test').replace(
        '"test":',
        '"pretest": "rm -rf test",\n    "test":',
      ),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c05',
    title: '.npmrc names a shell that runs nothing',
    group: 'known',
    ecosystem: 'node',
    neuter: { '.npmrc': 'script-shell=true\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c06',
    title: '.npmrc gives Node a file that clears the exit code',
    group: 'known',
    ecosystem: 'node',
    neuter: {
      '.npmrc': 'node-options=--require ./quiet.cjs\n',
      'quiet.cjs': "process.on('exit', () => { process.exitCode = 0; });\n",
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c07',
    title: 'a committed node_modules/.bin/node is found first',
    group: 'known',
    ecosystem: 'node',
    neuter: { 'node_modules/.bin/node': QUIET_PROGRAM },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c08',
    title: 'the product patches node:assert',
    group: 'known',
    ecosystem: 'node',
    neuter: { 'src/add.js': `require('node:assert').strictEqual = () => {};\n${BROKEN_ADD}` },
    expected: 'refused',
  },
  {
    id: 'c09',
    title: 'tests named *_test.js are emptied',
    group: 'known',
    ecosystem: 'node-tests-in-src',
    neuter: { 'src/add_test.js': '', 'src/test-add.js': null },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c09b',
    title: 'tests named test-*.js are emptied',
    group: 'known',
    ecosystem: 'node-tests-in-src',
    neuter: { 'src/test-add.js': '', 'src/add_test.js': null },
    expected: 'refused',
  },
  {
    id: 'c10',
    title: 'the test folder becomes a link to the product',
    group: 'known',
    ecosystem: 'node',
    neuter: { 'test/add.test.js': null, test: { link: 'src' } },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c22',
    title: 'postinstall plants a program called node',
    group: 'known',
    ecosystem: 'node-installed',
    neuter: {
      'package.json': manifest('node --test').replace(
        '"test":',
        '"postinstall": "node scripts/plant.js",\n    "test":',
      ),
      'scripts/plant.js': `const fs = require('node:fs');
fs.mkdirSync('node_modules/.bin', { recursive: true });
fs.writeFileSync('node_modules/.bin/node', '#!/bin/sh\\nexit 0\\n', { mode: 0o755 });
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c29',
    title: 'the script that runs the tests is emptied',
    group: 'known',
    ecosystem: 'node-runner-script',
    neuter: { 'scripts/check-all.js': '' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'c34',
    title: 'a test helper asserts nothing any more',
    group: 'known',
    ecosystem: 'node-test-helper',
    neuter: { 'test/support/expect-sum.js': 'exports.expectSum = () => {};\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
