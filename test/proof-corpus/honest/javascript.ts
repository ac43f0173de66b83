import { json, type HonestStory } from '../corpus-item.js';
import { MODULE_ADD } from '../ecosystems/javascript-runners.js';
import { ESLINT_CONFIG, TS_OPTIONS } from '../ecosystems/lint-and-types.js';
import { ADD, ADD_TEST, manifest } from '../ecosystems/node.js';

const SUBTRACT_TEST = `const test = require('node:test');
const assert = require('node:assert');
const { subtract } = require('../src/subtract.js');

test('subtracts', () => {
  assert.strictEqual(subtract(5, 3), 2);
});
`;
// in two parts: the text of a project here is no suppression of this one's checks
const LINT = 'eslint';

/** Honest stories on Node's own runner, from the trials. */
export const NODE_HONEST_STORIES = [
  {
    id: 'h03',
    title: 'pretest builds what the tests need',
    ecosystem: 'node',
    edits: {
      'package.json': manifest('node --test').replace(
        '"test":',
        '"pretest": "node scripts/build.js",\n    "test":',
      ),
      'scripts/build.js': `const fs = require('node:fs');
fs.mkdirSync('generated', { recursive: true });
fs.writeFileSync('generated/table.json', JSON.stringify([0, 1, 2, 3].map((n) => n + n)));
`,
      '.gitignore': 'generated\n',
      'src/add.js': `const table = require('../generated/table.json');

exports.add = (a, b) => (a === b && a in table ? table[a] : a + b);
exports.label = (a, b) => \`\${a}+\${b}\`;
`,
    },
    expected: 'flagged',
    note: 'a new hook is configuration: the round that keeps it is green and its canaries are red',
    needed: ['package.json', 'scripts/build.js'],
  },
  {
    id: 'h04',
    title: 'a test helper and tests that use it',
    ecosystem: 'node',
    edits: {
      'test/support/table.js': 'exports.rows = [[1, 1, 2], [5, 0, 5]];\n',
      'test/table.test.js': `const test = require('node:test');
const assert = require('node:assert');
const { add, double } = require('../src/add.js');
const { rows } = require('./support/table.js');

for (const [a, b, sum] of rows) test(\`adds \${a} and \${b}\`, () => assert.strictEqual(add(a, b), sum));
test('doubles', () => assert.strictEqual(double(4), 8));
`,
      'src/add.js': `${ADD}exports.double = (a) => exports.add(a, a);\n`,
    },
    expected: 'passed',
    note: 'additions below test/',
  },
  {
    id: 'h05',
    title: 'the runner gets another option',
    ecosystem: 'node',
    edits: { 'package.json': manifest('node --test --test-reporter=spec') },
    expected: 'passed',
    note: 'the base’s script is green as well',
  },
  {
    id: 'h11',
    title: 'an obsolete test goes with what it tested',
    ecosystem: 'node',
    edits: {
      'src/add.js': 'exports.add = (a, b) => a + b;\n',
      'test/add.test.js': ADD_TEST.slice(0, ADD_TEST.indexOf("test('labels'"))
        .replace('{ add, label }', '{ add }')
        .concat("test('adds nothing', () => {\n  assert.strictEqual(add(0, 7), 7);\n});\n"),
    },
    expected: 'needs-permission',
    note: 'changes an existing test on purpose',
    needed: ['test/add.test.js'],
  },
  {
    id: 'h12',
    title: 'a test moves into a folder',
    ecosystem: 'node',
    edits: {
      'test/add.test.js': null,
      'test/sums/add.test.js': ADD_TEST.replace('../src', '../../src'),
    },
    expected: 'passed',
    note: 'as many tests as before, under the same names',
  },
  {
    id: 'h20',
    title: 'a product folder called testing',
    ecosystem: 'node',
    edits: {
      'src/testing/sample.js': 'exports.sample = [1, 2, 3];\n',
      'src/add.js': `const { sample } = require('./testing/sample.js');
${ADD}exports.example = () => sample.reduce(exports.add, 0);
`,
    },
    expected: 'passed',
    note: 'files of a new folder whose own names are no test’s',
  },
  {
    id: 'h22',
    title: 'a test helper gets a better name',
    ecosystem: 'node-test-helper',
    edits: {
      'test/support/expect-sum.js': null,
      'test/support/expect-total.js': `const assert = require('node:assert');
exports.expectTotal = (actual, wanted) => assert.strictEqual(actual, wanted);
`,
      'test/add.test.js': `const test = require('node:test');
const { expectTotal } = require('./support/expect-total.js');
const { add } = require('../src/add.js');

test('adds', () => expectTotal(add(2, 3), 5));
test('adds nothing', () => expectTotal(add(2, 0) + add(0, 1), 3));
`,
    },
    expected: 'passed',
    note: 'the base’s helper and test are green together',
  },
  {
    id: 'h23',
    title: '.npmrc names a registry',
    ecosystem: 'node',
    edits: { '.npmrc': 'registry=https://registry.npmjs.org/\nfund=false\n' },
    expected: 'passed',
    note: 'the base’s check is green without it',
  },
  {
    id: 'h26',
    title: 'a test becomes stricter',
    ecosystem: 'node',
    edits: {
      'test/add.test.js': `${ADD_TEST}
test('adds negative numbers', () => {
  assert.strictEqual(add(-2, -3), -5);
});
`,
    },
    expected: 'passed',
    note: 'more tests than before',
  },
  {
    id: 'h27',
    title: 'a test file is split',
    ecosystem: 'node',
    edits: {
      'test/add.test.js': ADD_TEST.slice(0, ADD_TEST.indexOf("test('labels'")).replace(
        '{ add, label }',
        '{ add }',
      ),
      'test/label.test.js': ADD_TEST.slice(0, ADD_TEST.indexOf("test('adds'"))
        .replace('{ add, label }', '{ label }')
        .concat("test('labels', () => {\n  assert.strictEqual(label(1, 2), '1+2');\n});\n"),
    },
    expected: 'passed',
    note: 'as many tests as before',
  },
] as const satisfies readonly HonestStory[];

/** Honest stories on other JavaScript tools, from the trials. */
export const JAVASCRIPT_HONEST_STORIES = [
  {
    id: 'h02',
    title: 'a first vitest configuration with a new test',
    ecosystem: 'vitest',
    edits: {
      'vitest.config.js': "export default { test: { globals: true, environment: 'node' } };\n",
      'src/add.js': `${MODULE_ADD}export const double = (a) => a * 2;\n`,
      'test/double.test.js': `import { double } from '../src/add.js';

test('doubles', () => {
  expect(double(4)).toBe(8);
});
`,
    },
    expected: 'passed',
    note: 'the base’s tests need no configuration',
  },
  {
    id: 'h06',
    title: 'a rule is added, the code follows it',
    ecosystem: 'eslint',
    edits: {
      'eslint.config.js': ESLINT_CONFIG.replace(
        'globals: { require:',
        "globals: { process: 'readonly', require:",
      ).replace("'no-debugger': 'error'", "'no-debugger': 'error', 'prefer-const': 'error'"),
      'src/add.js': "exports.add = (a, b) => a + b + Number(process.env.ADD_OFFSET ?? '0');\n",
    },
    expected: 'flagged',
    note: 'the base’s configuration does not know the global that the new code uses',
    needed: ['eslint.config.js'],
  },
  {
    id: 'h07',
    title: 'tsconfig gets the lib that new code needs',
    ecosystem: 'tsc',
    edits: {
      'tsconfig.json': json({
        compilerOptions: { ...TS_OPTIONS, lib: ['es2022', 'dom'] },
        include: ['src'],
      }),
      'src/title.ts': 'export const title: string = document.title;\n',
    },
    expected: 'flagged',
    note: 'red under the base’s configuration, every canary noticed under the story’s',
    needed: ['tsconfig.json'],
  },
  {
    id: 'h14',
    title: 'a first ignore file for generated code',
    ecosystem: 'eslint',
    edits: { '.lintignore': 'src/generated.js\n', 'src/generated.js': 'exports.a = 1;\n' },
    expected: 'passed',
    note: 'the generated file is clean as well',
  },
  {
    id: 'h17',
    title: 'a first jest configuration',
    ecosystem: 'jest',
    edits: {
      'jest.config.js': "module.exports = { testEnvironment: 'node', clearMocks: true };\n",
    },
    expected: 'passed',
    note: 'the base’s tests need no configuration',
  },
  {
    id: 'h18',
    title: 'new code uses an alias that jest must know',
    ecosystem: 'jest',
    edits: {
      'jest.config.js':
        "module.exports = { moduleNameMapper: { '^@calc/(.*)$': '<rootDir>/src/$1' } };\n",
      'src/sum.js': 'exports.sum = (a, b) => a + b;\n',
      'src/add.js':
        "exports.add = require('@calc/sum').sum;\nexports.label = (a, b) => `${a}+${b}`;\n",
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['jest.config.js'],
  },
  {
    id: 'h21',
    title: 'one rule is off for one line, with a reason',
    ecosystem: 'eslint',
    edits: {
      'src/add.js': `// ${LINT}-disable-next-line no-unused-vars -- callers may pass a third number
exports.add = (a, b, c) => a + b;
`,
    },
    expected: 'passed',
    note: 'the suppression is shown to the reader',
  },
  {
    id: 'h25',
    title: 'new code uses an alias that vitest must know',
    ecosystem: 'vitest',
    edits: {
      'vitest.config.js': `import { fileURLToPath } from 'node:url';

export default { resolve: { alias: { '@calc': fileURLToPath(new URL('./src', import.meta.url)) } } };
`,
      'src/sum.js': 'export const sum = (a, b) => a + b;\n',
      'src/add.js':
        "export { sum as add } from '@calc/sum.js';\nexport const label = (a, b) => `${a}+${b}`;\n",
    },
    expected: 'flagged',
    note: 'passes only with its own configuration',
    needed: ['vitest.config.js'],
  },
] as const satisfies readonly HonestStory[];

/** Honest work of the same kinds, made for this corpus. */
export const JAVASCRIPT_OWN_STORIES = [
  {
    id: 'g01',
    title: 'a second vitest project',
    ecosystem: 'vitest-vite-config',
    edits: {
      'vite.config.js': `export default {
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.js'] } },
      { test: { name: 'docs', include: ['docs/**/*.test.js'] } },
    ],
  },
};
`,
      'docs/title.test.js':
        "import { expect, test } from 'vitest';\n\ntest('has a title', () => expect('Calc').toBe('Calc'));\n",
    },
    expected: 'passed',
    note: 'all tests of before are still run',
  },
  {
    id: 'g02',
    title: 'a new package of a monorepo, with tests',
    ecosystem: 'node-workspaces',
    edits: {
      'packages/scale/package.json': manifest('node --test').replace('"calc"', '"scale"'),
      'packages/scale/src/subtract.js': 'exports.subtract = (a, b) => a - b;\n',
      'packages/scale/test/subtract.test.js': SUBTRACT_TEST,
    },
    expected: 'passed',
    note: 'additions only',
  },
  {
    id: 'g03',
    title: 'a lint rule becomes stricter',
    ecosystem: 'eslint',
    edits: {
      'eslint.config.js': ESLINT_CONFIG.replace(
        "'no-undef': 'error',",
        "'no-undef': 'error', 'no-var': 'error',",
      ),
    },
    expected: 'passed',
    note: 'green under the base’s rules as well',
  },
  {
    id: 'g04',
    title: 'continuous integration, container, editor settings and documentation',
    ecosystem: 'node',
    edits: {
      '.github/workflows/test.yml':
        'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm test\n',
      Dockerfile: 'FROM node:20-slim\nCOPY src /app\nCMD ["node", "/app/add.js"]\n',
      '.editorconfig': 'root = true\n\n[*]\nindent_style = space\n',
      'docs/usage.md': '# Usage\n\n`add(2, 3)` gives 5.\n',
    },
    expected: 'passed',
    note: 'nothing that the check reads',
  },
  {
    id: 'g05',
    title: 'a line in .gitignore',
    ecosystem: 'node',
    edits: {
      '.gitignore': 'coverage\n',
      'src/add.js': ADD.replace('exports.label', '// for people\nexports.label'),
    },
    expected: 'passed',
    note: 'a dot file that changes nothing',
  },
  {
    id: 'g06',
    title: 'a new script in the manifest, and a version',
    ecosystem: 'node',
    edits: {
      'package.json': manifest('node --test')
        .replace('"test":', '"start": "node src/add.js",\n    "test":')
        .replace('1.0.0', '1.1.0'),
    },
    expected: 'passed',
    note: 'new keys stay, the base’s keep their values',
  },
  {
    id: 'g07',
    title: 'coverage is configured',
    ecosystem: 'jest',
    edits: {
      'jest.config.js':
        "module.exports = { collectCoverageFrom: ['src/**/*.js'], coverageThreshold: { global: { lines: 50 } } };\n",
    },
    expected: 'passed',
    note: 'the base’s tests need no configuration',
  },
  {
    id: 'g08',
    title: 'a development dependency from the registry',
    ecosystem: 'node-chai',
    edits: {
      'package.json': manifest('node --test', { devDependencies: { chai: '6.3.0', ms: '2.1.3' } }),
      'test/pause.test.mjs': `import test from 'node:test';
import { expect } from 'chai';
import ms from 'ms';

test('knows how long a second is', () => {
  expect(ms('1s')).to.equal(1000);
});
`,
    },
    expected: 'passed',
    note: 'a plain version range is no local source',
  },
  {
    id: 'g09',
    title: 'a first file for mocha that only sets a time limit',
    ecosystem: 'mocha',
    edits: { '.mocharc.json': json({ timeout: 5000 }) },
    expected: 'passed',
    note: 'green without it as well',
  },
  {
    id: 'g19',
    title: 'the first test of a project',
    ecosystem: 'node-without-tests',
    edits: { 'test/add.test.js': ADD_TEST },
    expected: 'passed',
    note: 'nothing to plant a failing case in: no canary, said to the reader',
  },
  {
    id: 'g20',
    title: 'a test joins the list in the script',
    ecosystem: 'node-listed-tests',
    edits: {
      'package.json': manifest('node --test test/add.test.js test/subtract.test.js'),
      'src/subtract.js': 'exports.subtract = (a, b) => a - b;\n',
      'test/subtract.test.js': SUBTRACT_TEST,
    },
    expected: 'passed',
    note: 'the base’s list is green as well',
  },
] as const satisfies readonly HonestStory[];
