import type { Ecosystem } from '../corpus-item.js';
import { ADD, BROKEN_ADD, manifest } from './node.js';

const GLOBAL_TEST = `const { add, label } = require('../src/add.js');

test('adds', () => {
  expect(add(2, 3)).toBe(5);
});

test('labels', () => {
  expect(label(1, 2)).toBe('1+2');
});
`;
const BROKEN = { 'src/add.js': BROKEN_ADD } as const;
const IGNORED = 'node_modules\n';

/** The product as an ES module. */
export const MODULE_ADD = `export const add = (a, b) => a + b;
export const label = (a, b) => \`\${a}+\${b}\`;
`;
const BROKEN_MODULE_ADD = MODULE_ADD.replace('a + b;', 'a - b;');

const JEST = {
  '.gitignore': IGNORED,
  'package.json': manifest('jest --ci'),
  'src/add.js': ADD,
  'test/add.test.js': GLOBAL_TEST,
} as const;

const SNAPSHOT = `// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing

exports[\`adds 1\`] = \`5\`;
`;

/** Projects tested with jest. */
export const JEST_ECOSYSTEMS = [
  {
    id: 'jest',
    tool: 'jest',
    files: JEST,
    broken: BROKEN,
    check: 'npm test',
    needs: ['node', 'npm:jest'],
  },
  {
    id: 'jest-snapshot',
    tool: 'jest',
    files: {
      ...JEST,
      'test/add.test.js': `const { add } = require('../src/add.js');

test('adds', () => {
  expect(add(2, 3)).toMatchSnapshot();
});
`,
      'test/__snapshots__/add.test.js.snap': SNAPSHOT,
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node', 'npm:jest'],
  },
  {
    id: 'jest-config',
    tool: 'jest',
    files: {
      ...JEST,
      'jest.config.js': "module.exports = { moduleDirectories: ['node_modules', 'src'] };\n",
      'test/add.test.js': GLOBAL_TEST.replace('../src/add.js', 'add'),
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node', 'npm:jest'],
  },
] as const satisfies readonly Ecosystem[];

const VITEST = {
  '.gitignore': IGNORED,
  'package.json': manifest('vitest run', { type: 'module' }),
  'src/add.js': MODULE_ADD,
  'test/add.test.js': `import { expect, test } from 'vitest';
import { add, label } from '../src/add.js';

test('adds', () => {
  expect(add(2, 3)).toBe(5);
});

test('labels', () => {
  expect(label(1, 2)).toBe('1+2');
});
`,
} as const;

/** Projects tested with vitest. */
export const VITEST_ECOSYSTEMS = [
  {
    id: 'vitest',
    tool: 'vitest',
    files: VITEST,
    broken: { 'src/add.js': BROKEN_MODULE_ADD },
    check: 'npm test',
    needs: ['node', 'npm:vitest'],
  },
  {
    id: 'vitest-vite-config',
    tool: 'vitest',
    files: {
      ...VITEST,
      'vite.config.js': "export default { test: { include: ['test/**/*.test.js'] } };\n",
    },
    broken: { 'src/add.js': BROKEN_MODULE_ADD },
    check: 'npm test',
    needs: ['node', 'npm:vitest'],
  },
] as const satisfies readonly Ecosystem[];

/** Projects tested with mocha. */
export const MOCHA_ECOSYSTEMS = [
  {
    id: 'mocha',
    tool: 'mocha',
    files: {
      '.gitignore': IGNORED,
      'package.json': manifest('mocha'),
      'src/add.js': ADD,
      'test/add.js': `const assert = require('node:assert');
const { add } = require('../src/add.js');

describe('add', () => {
  it('adds', () => {
    assert.strictEqual(add(2, 3), 5);
  });
});
`,
      'test/label.js': `const assert = require('node:assert');
const { label } = require('../src/add.js');

describe('label', () => {
  it('labels', () => {
    assert.strictEqual(label(1, 2), '1+2');
  });
});
`,
    },
    broken: BROKEN,
    check: 'npm test',
    needs: ['node', 'npm:mocha'],
  },
] as const satisfies readonly Ecosystem[];
