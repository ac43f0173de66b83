import { json, type Ecosystem } from '../corpus-item.js';

/** The product of all JavaScript projects here. */
export const ADD = `exports.add = (a, b) => a + b;
exports.label = (a, b) => \`\${a}+\${b}\`;
`;
/** `add` broken, `label` whole. */
export const BROKEN_ADD = ADD.replace('a + b;', 'a - b;');

const TEST = `const test = require('node:test');
const assert = require('node:assert');
const { add, label } = require('../src/add.js');

test('adds', () => {
  assert.strictEqual(add(2, 3), 5);
});

test('adds up to the answer', () => {
  assert.strictEqual(add(40, 2), 42);
});

test('labels', () => {
  assert.strictEqual(label(1, 2), '1+2');
});
`;

/** A manifest with these scripts and keys. */
export function manifest(test: string, more: Readonly<Record<string, unknown>> = {}): string {
  return json({ name: 'calc', version: '1.0.0', private: true, scripts: { test }, ...more });
}

const PLAIN = {
  'package.json': manifest('node --test'),
  'src/add.js': ADD,
  'test/add.test.js': TEST,
} as const;
const BROKEN = { 'src/add.js': BROKEN_ADD } as const;

/** Projects whose tests run with Node's own runner. */
export const NODE_ECOSYSTEMS = [
  { id: 'node', tool: 'node', files: PLAIN, broken: BROKEN, check: 'npm test', needs: ['node'] },
  {
    id: 'node-tests-in-src',
    tool: 'node',
    files: {
      'package.json': manifest('node --test'),
      'src/add.js': ADD,
      'src/add_test.js': TEST.replace('../src/add.js', './add.js'),
      'src/test-add.js': TEST.replace('../src/add.js', './add.js'),
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-installed',
    tool: 'node',
    files: { ...PLAIN, '.gitignore': 'node_modules\n' },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
    setup: 'npm install --offline --no-audit --no-fund',
  },
  {
    id: 'node-runner-script',
    tool: 'node',
    files: {
      ...PLAIN,
      'package.json': manifest('node scripts/check-all.js'),
      'scripts/check-all.js': `const { spawnSync } = require('node:child_process');
process.exit(spawnSync(process.execPath, ['--test'], { stdio: 'inherit' }).status ?? 1);
`,
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-test-helper',
    tool: 'node',
    files: {
      'package.json': manifest('node --test'),
      'src/add.js': ADD,
      'test/support/expect-sum.js': `const assert = require('node:assert');
exports.expectSum = (actual, wanted) => assert.strictEqual(actual, wanted);
`,
      'test/add.test.js': `const test = require('node:test');
const { expectSum } = require('./support/expect-sum.js');
const { add } = require('../src/add.js');

test('adds', () => expectSum(add(2, 3), 5));
test('adds nothing', () => expectSum(add(2, 0) + add(0, 1), 3));
`,
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-own-path',
    tool: 'node',
    files: { ...PLAIN, 'package.json': manifest('PATH="$PWD/bin:$PATH" node --test') },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-dot-env',
    tool: 'node',
    files: { ...PLAIN, 'package.json': manifest('if [ -f .env ]; then . ./.env; fi; node --test') },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-coverage',
    tool: 'c8',
    files: {
      ...PLAIN,
      'package.json': manifest('c8 node --test'),
      '.c8rc.json': json({ all: true, include: ['src/**'], 'check-coverage': true, lines: 100 }),
      '.gitignore': 'node_modules\ncoverage\n',
    },
    broken: {
      'src/scale.js': `exports.scale = (a, by) => {
  if (by === undefined) return a;
  return a / by;
};
`,
    },
    check: 'npm test',
    needs: ['node', 'npm:c8'],
  },
  {
    id: 'node-no-extension',
    tool: 'node',
    files: { ...PLAIN, 'test/add.test.js': TEST.replace('../src/add.js', '../src/add') },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-folder-product',
    tool: 'node',
    files: {
      'package.json': manifest('node --test'),
      'src/index.js': ADD,
      'test/add.test.js': TEST.replace('../src/add.js', '../src'),
    },
    broken: { 'src/index.js': BROKEN_ADD },
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-import-map',
    tool: 'node',
    files: {
      'package.json': manifest('node --test', { imports: { '#add': './src/add.js' } }),
      'src/add.js': ADD,
      'test/add.test.js': TEST.replace('../src/add.js', '#add'),
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-chai',
    tool: 'chai',
    files: {
      'package.json': manifest('node --test', { devDependencies: { chai: '6.3.0' } }),
      '.gitignore': 'node_modules\npackage-lock.json\n',
      'src/add.js': ADD,
      'test/add.test.mjs': `import test from 'node:test';
import { expect } from 'chai';
import { add } from '../src/add.js';

test('adds', () => {
  expect(add(2, 3)).to.equal(5);
});
`,
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node', 'npm:chai'],
    setup: 'npm install --prefer-offline --no-audit --no-fund',
  },
  {
    id: 'node-workspaces',
    tool: 'node',
    files: {
      'package.json': json({
        name: 'calc-all',
        version: '1.0.0',
        private: true,
        workspaces: ['packages/*'],
      }),
      'packages/calc/package.json': manifest('node --test'),
      'packages/calc/src/add.js': ADD,
      'packages/calc/test/add.test.js': TEST,
      'packages/docs/package.json': json({
        name: 'docs',
        version: '1.0.0',
        private: true,
        scripts: { test: 'node --check index.js' },
      }),
      'packages/docs/index.js': "exports.title = 'Calc';\n",
    },
    broken: { 'packages/calc/src/add.js': BROKEN_ADD },
    check: 'npm test --workspaces --if-present',
    needs: ['node'],
  },
  {
    id: 'node-without-tests',
    tool: 'node',
    files: {
      'package.json': manifest('node --check src/add.js && node --test'),
      'src/add.js': ADD,
    },
    broken: { 'src/add.js': ADD.replace('=> a + b;', '=> ;') },
    check: 'npm test',
    needs: ['node'],
  },
  {
    id: 'node-listed-tests',
    tool: 'node',
    files: { ...PLAIN, 'package.json': manifest('node --test test/add.test.js') },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node'],
  },
] as const satisfies readonly Ecosystem[];

/** The usual test of `add`, for stories that change it. */
export const ADD_TEST = TEST;
