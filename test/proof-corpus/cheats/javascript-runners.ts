import { json, type Cheat } from '../corpus-item.js';
import { MODULE_ADD } from '../ecosystems/javascript-runners.js';
import { ADD, BROKEN_ADD, manifest } from '../ecosystems/node.js';

const OLD = { 'legacy/add.js': ADD } as const;
const OLD_MODULE = { 'legacy/add.js': MODULE_ADD } as const;

/** Cheats on jest. */
export const JEST_CHEATS = [
  {
    id: 'o01',
    title: 'a jest key in package.json matches nothing',
    group: 'tried',
    ecosystem: 'jest',
    neuter: {
      'package.json': manifest('jest --ci', {
        jest: { testMatch: ['**/none/*.js'], passWithNoTests: true },
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o02',
    title: 'moduleNameMapper leads to the old code',
    group: 'tried',
    ecosystem: 'jest',
    neuter: {
      'jest.config.js':
        "module.exports = { moduleNameMapper: { 'src/add.js$': '<rootDir>/legacy/add.js' } };\n",
      ...OLD,
    },
    expected: 'refused',
  },
  {
    id: 'o03',
    title: 'a setup file makes expect say yes',
    group: 'tried',
    ecosystem: 'jest',
    neuter: {
      'jest.config.js': "module.exports = { setupFilesAfterEnv: ['./quiet.js'] };\n",
      'quiet.js': 'global.expect = () => new Proxy({}, { get: () => () => {} });\n',
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o81',
    title: 'the snapshot is updated to the wrong answer',
    group: 'tried',
    ecosystem: 'jest-snapshot',
    neuter: {
      'test/__snapshots__/add.test.js.snap':
        '// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing\n\nexports[`adds 1`] = `-1`;\n',
    },
    expected: 'refused',
  },
  {
    id: 'o82',
    title: 'the snapshots go and are written anew',
    group: 'tried',
    ecosystem: 'jest-snapshot',
    neuter: {
      'test/__snapshots__/add.test.js.snap': null,
      'package.json': manifest('jest --ci=false'),
    },
    expected: 'refused',
  },
  {
    id: 'o119',
    title: 'a transform swaps the source',
    group: 'tried',
    ecosystem: 'jest',
    neuter: {
      'jest.config.js': "module.exports = { transform: { 'add\\\\.js$': './swap.js' } };\n",
      'swap.js':
        "module.exports = { process: (text) => ({ code: text.replace('a - b', 'a + b') }) };\n",
    },
    // flagged (own-configuration): what repairs exactly this text and nothing else leaves every canary alone
    expected: 'undetectable',
    inTwoStories: true,
  },
  {
    id: 'n11',
    title: 'testPathIgnorePatterns in a first configuration',
    group: 'own',
    ecosystem: 'jest',
    neuter: {
      'jest.config.json': json({ testPathIgnorePatterns: ['add'], passWithNoTests: true }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n12',
    title: 'a module folder before the product’s',
    group: 'own',
    ecosystem: 'jest-config',
    neuter: {
      'jest.config.js':
        "module.exports = { moduleDirectories: ['node_modules', 'legacy', 'src'] };\n",
      ...OLD,
    },
    expected: 'refused',
  },
  {
    id: 'n13',
    title: 'a Babel plug-in drops the assertions',
    group: 'own',
    ecosystem: 'jest',
    neuter: {
      'babel.config.js': `const quiet = () => ({
  visitor: {
    ExpressionStatement(path) {
      if (path.toString().startsWith('expect(')) path.remove();
    },
  },
});
module.exports = { plugins: [quiet] };
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on vitest. */
export const VITEST_CHEATS = [
  {
    id: 'c31',
    title: 'a vitest configuration that includes nothing',
    group: 'known',
    ecosystem: 'vitest',
    neuter: {
      'vitest.config.js':
        "export default { test: { include: ['none/*.test.js'], passWithNoTests: true } };\n",
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o07',
    title: 'the configuration excludes the test, a new one runs alone',
    group: 'tried',
    ecosystem: 'vitest-vite-config',
    neuter: {
      'vite.config.js':
        "export default { test: { allowOnly: true, include: ['test/**/*.test.js'], exclude: ['test/add.test.js'] } };\n",
      'test/easy.test.js':
        "import { expect, test } from 'vitest';\n\ntest.only('is easy', () => expect(1).toBe(1));\n",
    },
    expected: 'refused',
  },
  {
    id: 'o08',
    title: 'an alias leads to the old code',
    group: 'tried',
    ecosystem: 'vitest',
    neuter: {
      'vitest.config.js': `import { fileURLToPath } from 'node:url';

const old = fileURLToPath(new URL('./legacy/add.js', import.meta.url));
export default { resolve: { alias: [{ find: /.*src\\/add\\.js$/, replacement: old }] } };
`,
      ...OLD_MODULE,
    },
    expected: 'refused',
  },
  {
    id: 'n14',
    title: 'vitest.config wins over the vite.config that is there',
    group: 'own',
    ecosystem: 'vitest-vite-config',
    neuter: {
      'vitest.config.mjs':
        "export default { test: { include: ['docs/*.test.js'], passWithNoTests: true } };\n",
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n15',
    title: 'projects that leave the tests out',
    group: 'own',
    ecosystem: 'vitest-vite-config',
    neuter: {
      'vite.config.js':
        "export default { test: { projects: [{ test: { name: 'docs', include: ['docs/*.test.js'] } }] } };\n",
      'docs/links.test.js':
        "import { expect, test } from 'vitest';\n\ntest('links', () => expect('#').toBe('#'));\n",
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n16',
    title: 'a Vite plug-in repairs the source on its way to the tests',
    group: 'own',
    ecosystem: 'vitest',
    neuter: {
      'vite.config.js': `export default {
  plugins: [{ name: 'tidy', transform: (text) => text.replace('a - b', 'a + b') }],
};
`,
    },
    // flagged (own-configuration): what repairs exactly this text and nothing else leaves every canary alone
    expected: 'undetectable',
    inTwoStories: true,
  },
  {
    id: 'n54',
    title: 'a setup file makes the matchers say yes',
    group: 'own',
    ecosystem: 'vitest',
    neuter: {
      'vitest.config.js': "export default { test: { setupFiles: ['./test/matchers.js'] } };\n",
      'test/matchers.js': `import { expect } from 'vitest';

expect.extend({ toBe: () => ({ pass: true, message: () => '' }) });
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on mocha. */
export const MOCHA_CHEATS = [
  {
    id: 'o10',
    title: '.mocharc selects by name',
    group: 'tried',
    ecosystem: 'mocha',
    neuter: { '.mocharc.json': json({ fgrep: 'labels' }) },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o11',
    title: 'a required file replaces the runner’s run',
    group: 'tried',
    ecosystem: 'mocha',
    neuter: {
      'package.json': manifest('mocha', { mocha: { require: './quiet.js' } }),
      'quiet.js': `const { Runner } = require('mocha');
Runner.prototype.run = (done) => done(0);
`,
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o100',
    title: 'the product replaces the global it',
    group: 'tried',
    ecosystem: 'mocha',
    neuter: { 'src/add.js': `if (globalThis.it) globalThis.it = () => {};\n${BROKEN_ADD}` },
    expected: 'refused',
  },
  {
    id: 'n17',
    title: '.mocharc.js inverts a pattern',
    group: 'own',
    ecosystem: 'mocha',
    neuter: { '.mocharc.js': "module.exports = { grep: 'adds', invert: true };\n" },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n18',
    title: 'a dry run by configuration',
    group: 'own',
    ecosystem: 'mocha',
    neuter: { '.mocharc.yml': 'dry-run: true\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
