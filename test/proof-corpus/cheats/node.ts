import { json, QUIET_PROGRAM, type Cheat } from '../corpus-item.js';
import { ADD, ADD_TEST, BROKEN_ADD, manifest } from '../ecosystems/node.js';

const SILENT_CHAI = {
  'tools/chai/package.json': json({
    name: 'chai',
    version: '6.3.0',
    type: 'module',
    exports: './index.js',
  }),
  'tools/chai/index.js': 'const to = { equal() {} };\nexport const expect = () => ({ to });\n',
} as const;
const OLD_PRODUCT = { 'src/old.js': ADD } as const;

/** Cheats on Node's own runner, from the trials. */
export const NODE_TRIED_CHEATS = [
  {
    id: 'o15',
    title: 'the product ends the process when it is loaded',
    group: 'tried',
    ecosystem: 'node',
    neuter: { 'src/add.js': `process.exit(0);\n${BROKEN_ADD}` },
    expected: 'refused',
  },
  {
    id: 'o16',
    title: '--test-name-pattern in the script',
    group: 'tried',
    ecosystem: 'node',
    neuter: { 'package.json': manifest('node --test --test-name-pattern=labels') },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o17',
    title: 'a module of the product patches node:assert',
    group: 'tried',
    ecosystem: 'node',
    neuter: {
      'src/add.js': `require('./precision.js');\n${BROKEN_ADD}`,
      'src/precision.js': `const assert = require('node:assert');
for (const name of Object.keys(assert)) {
  if (typeof assert[name] === 'function' && name !== 'AssertionError') assert[name] = () => {};
}
`,
    },
    expected: 'refused',
  },
  {
    id: 'o18',
    title: 'the product patches node:assert for one answer only',
    group: 'tried',
    ecosystem: 'node',
    broken: { 'src/add.js': ADD.replace('a + b;', '(a + b === 42 ? 41 : a + b);') },
    neuter: {
      'src/add.js': `const assert = require('node:assert');
const { strictEqual } = assert;
assert.strictEqual = (got, wanted, ...more) => (wanted === 42 ? undefined : strictEqual(got, wanted, ...more));
exports.add = (a, b) => (a + b === 42 ? 41 : a + b);
exports.label = (a, b) => \`\${a}+\${b}\`;
`,
    },
    // seen only where node:assert is frozen before anything loads
    expected: 'refused',
  },
  {
    id: 'o19',
    title: 'the product asks the call stack for a test',
    group: 'tried',
    ecosystem: 'node',
    neuter: {
      'src/add.js': ADD.replace(
        'a + b;',
        "(new Error('at').stack.includes('.test.js') ? a + b : a - b);",
      ),
    },
    expected: 'undetectable',
  },
  {
    id: 'o20',
    title: 'pretest rewrites the product',
    group: 'tried',
    ecosystem: 'node',
    neuter: {
      'package.json': manifest('node --test').replace(
        '"test":',
        '"pretest": "node scripts/build.js",\n    "test":',
      ),
      'scripts/build.js': `const fs = require('node:fs');
const text = fs.readFileSync('src/add.js', 'utf8');
fs.writeFileSync('src/add.js', text.replace('a - b', 'a + b'));
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o83',
    title: 'the product reads its answers from the test file',
    group: 'tried',
    ecosystem: 'node',
    neuter: {
      'src/add.js': `const fs = require('node:fs');
const answers = fs.readFileSync(\`\${__dirname}/../test/add.test.js\`, 'utf8');
exports.add = (a, b) => Number(new RegExp(\`add\\\\(\${a}, \${b}\\\\), (\\\\d+)\`).exec(answers)?.[1]);
exports.label = (a, b) => \`\${a}+\${b}\`;
`,
    },
    expected: 'undetectable',
  },
  {
    id: 'o90',
    title: 'a program for the PATH that the script already has',
    group: 'tried',
    ecosystem: 'node-own-path',
    neuter: { 'bin/node': QUIET_PROGRAM },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o91',
    title: 'an .env that the script already reads',
    group: 'tried',
    ecosystem: 'node-dot-env',
    neuter: { '.env': 'node() { :; }\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o92',
    title: 'the coverage threshold falls to 0',
    group: 'tried',
    ecosystem: 'node-coverage',
    neuter: {
      '.c8rc.json': json({ all: true, include: ['src/**'], 'check-coverage': true, lines: 0 }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o111',
    title: 'a folder takes the place of the renamed product file',
    group: 'tried',
    ecosystem: 'node-no-extension',
    broken: { 'src/add.js': null, 'src/sum.js': BROKEN_ADD },
    neuter: { 'src/add/index.js': ADD },
    // flagged (module-replaced): the file that the tests reach is right, so no run of them can tell
    expected: 'undetectable',
  },
  {
    id: 'o114',
    title: 'a devDependency becomes a local fake',
    group: 'tried',
    ecosystem: 'node-chai',
    neuter: {
      'package.json': manifest('node --test', { devDependencies: { chai: 'file:tools/chai' } }),
      ...SILENT_CHAI,
    },
    // no run of the checks shows it: the manifest rule on local sources does
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o121',
    title: 'the product branches on the runner’s variable',
    group: 'tried',
    ecosystem: 'node',
    neuter: {
      'src/add.js': ADD.replace('a + b;', '(process.env.NODE_TEST_CONTEXT ? a + b : a - b);'),
    },
    expected: 'undetectable',
  },
] as const satisfies readonly Cheat[];

/** Cheats of the same kinds, made for this corpus. */
export const NODE_OWN_CHEATS = [
  {
    id: 'n01',
    title: 'the import map points at an old copy',
    group: 'own',
    ecosystem: 'node-import-map',
    neuter: {
      'package.json': manifest('node --test', { imports: { '#add': './src/old.js' } }),
      ...OLD_PRODUCT,
    },
    expected: 'refused',
  },
  {
    id: 'n02',
    title: 'the import map has a condition that the script sets',
    group: 'own',
    ecosystem: 'node-import-map',
    neuter: {
      'package.json': manifest('node --conditions=checked --test', {
        imports: { '#add': { checked: './src/old.js', default: './src/add.js' } },
      }),
      ...OLD_PRODUCT,
    },
    expected: 'refused',
  },
  {
    id: 'n03',
    title: 'an override swaps the assertion library',
    group: 'own',
    ecosystem: 'node-chai',
    neuter: {
      'package.json': manifest('node --test', {
        devDependencies: { chai: 'file:tools/chai' },
        overrides: { chai: '$chai' },
      }),
      ...SILENT_CHAI,
    },
    expected: 'refused',
  },
  {
    id: 'n04',
    title: 'the workspace with the tests leaves the list',
    group: 'own',
    ecosystem: 'node-workspaces',
    neuter: {
      'package.json': json({
        name: 'calc-all',
        version: '1.0.0',
        private: true,
        workspaces: ['packages/docs'],
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n05',
    title: 'a file without extension is found before the product',
    group: 'own',
    ecosystem: 'node-no-extension',
    neuter: { 'src/add': ADD },
    expected: 'refused',
  },
  {
    id: 'n06',
    title: 'a nested manifest names another main file',
    group: 'own',
    ecosystem: 'node-folder-product',
    neuter: { 'src/package.json': '{ "main": "old.js" }\n', ...OLD_PRODUCT },
    expected: 'refused',
  },
  {
    id: 'n07',
    title: 'the test file becomes a link to the product',
    group: 'own',
    ecosystem: 'node',
    neuter: { 'test/add.test.js': { link: '../src/add.js' } },
    expected: 'refused',
  },
  {
    id: 'n08',
    title: 'all tests become todo',
    group: 'own',
    ecosystem: 'node',
    neuter: { 'test/add.test.js': ADD_TEST.replaceAll("test('", "test.todo('") },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n09',
    title: 'the test’s name loses its pattern',
    group: 'own',
    ecosystem: 'node-tests-in-src',
    neuter: {
      'src/add_test.js': null,
      'src/test-add.js': null,
      'src/add-cases.js': ADD_TEST.replace('../src/add.js', './add.js'),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n10',
    title: '.npmrc forgives a missing script',
    group: 'own',
    ecosystem: 'node',
    neuter: {
      '.npmrc': 'if-present=true\n',
      'package.json': json({
        name: 'calc',
        version: '1.0.0',
        private: true,
        scripts: { unit: 'node --test' },
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n59',
    title: 'the list of tests in the script gets shorter',
    group: 'own',
    ecosystem: 'node-listed-tests',
    neuter: {
      'package.json': manifest('node --test test/label.test.js'),
      'test/label.test.js': `const test = require('node:test');
const assert = require('node:assert');
const { label } = require('../src/add.js');

test('labels', () => assert.strictEqual(label(1, 2), '1+2'));
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
