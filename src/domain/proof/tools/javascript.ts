import { starts } from './starts.js';
import type { ToolRow } from './tool-row.js';

const LANGUAGES = ['javascript', 'typescript'] as const;

/** Test files, helpers and data that the runners of JavaScript share. */
const TESTS = [
  /(^|\/)(tests?|specs?|__tests__|__mocks__|__snapshots__|__fixtures__|e2e|testdata|fixtures|test-utils|test-helpers|test-support)\//,
  /(^|\/)[^/]+[.-](test|spec)\.[cm]?[jt]sx?$/,
  /(^|\/)[^/]+_test\.[cm]?[jt]sx?$/,
  /(^|\/)test-[^/]+\.[cm]?[jt]sx?$/,
  /(^|\/)tests?\.[cm]?[jt]sx?$/,
  /\.snap$/,
];

/** Runners of JavaScript and TypeScript, and the package managers that start them. */
export const JAVASCRIPT_TOOLS: readonly ToolRow[] = [
  {
    tool: 'node:test',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(
      [],
      /\b(?:node|tsx)(?: -[\w=.:/@-]{0,80}){0,4} --test(?=[\s;&|)'"]|$)/,
      /['"]--test['"]|['"]node:test['"]/,
    ),
    tests: TESTS,
    configuration: [/(^|\/)node\.config\.json$/],
    count: { summary: /^(?:#|ℹ) pass {1,5}\d/, passed: / pass {1,5}(\d+)/ },
  },
  {
    tool: 'jest',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['jest']),
    tests: TESTS,
    configuration: [/(^|\/)jest[.-][^/]*\.([cm]?[jt]s|json)$/],
    count: { summary: /^Tests: {2,20}\d|^No tests found/, passed: /(\d{1,12}) passed/ },
  },
  {
    tool: 'vitest',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['vitest']),
    tests: TESTS,
    configuration: [/(^|\/)(vite|vitest)\.(config|setup|workspace|projects)\.[cm]?[jt]s(on)?$/],
    count: { summary: /^ {1,20}Tests {1,5}\d|^No test files found/, passed: /(\d{1,12}) passed/ },
  },
  {
    tool: 'mocha',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['_?mocha']),
    tests: TESTS,
    configuration: [/(^|\/)\.mocharc\.[a-z]+$/, /(^|\/)mocha\.opts$/],
    count: { summary: /^ {0,20}\d+ passing/, passed: /(\d{1,12}) passing/ },
  },
  {
    tool: 'ava',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['ava']),
    tests: TESTS,
    configuration: [/(^|\/)ava\.config\.[cm]?[jt]s$/],
    count: { summary: /^ {0,20}\d+ tests? passed/, passed: /(\d{1,12}) tests? passed/ },
  },
  {
    tool: 'tap',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['tape?']),
    tests: TESTS,
    configuration: [/(^|\/)\.taprc$/],
    count: { summary: /^# \{ total: \d+, pass: \d/, passed: /pass: (\d+)/ },
  },
  {
    tool: 'playwright',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts(['playwright', 'cypress', 'karma']),
    tests: TESTS,
    configuration: [/(^|\/)(playwright|cypress|karma)\.(config|conf)\.[cm]?[jt]s(on)?$/],
    count: { summary: /^ {0,20}\d+ passed(?: \(\S{1,20}\))?$/, passed: /(\d{1,12}) passed/ },
  },
  {
    tool: 'bun test',
    kind: 'test',
    languages: LANGUAGES,
    starts: starts([], /\bbun\s+test(?=[\s;&|)'"]|$)/),
    tests: TESTS,
    configuration: [/(^|\/)bunfig\.toml$/],
    count: { summary: /^ {0,20}\d+ pass$/, passed: /(\d{1,12}) pass$/ },
  },
  {
    tool: 'deno test',
    kind: 'test',
    languages: LANGUAGES,
    starts: /\bdeno\s+(test|task|lint|check)\b/,
    tests: TESTS,
    configuration: [/(^|\/)deno\.jsonc?$/],
    count: { summary: /^(?:ok|FAILED) \| \d/, passed: /(\d{1,12}) passed/ },
  },
  {
    tool: 'npm scripts',
    kind: 'recipe',
    languages: LANGUAGES,
    starts: starts(['npm', 'pnpm', 'yarn', 'bunx?', 'npx', 'pnpx', 'turbo', 'nx', 'lerna']),
    configuration: [
      /(^|\/)\.(npmrc|yarnrc|yarnrc\.yml|pnpmfile\.cjs|nvmrc|node-version)$/,
      /(^|\/)(turbo|nx|lerna)\.json$/,
      /(^|\/)(pnpm-workspace\.yaml|pnpmfile\.cjs)$/,
    ],
    artefacts: [/(^|\/)node_modules\//, /(^|\/)\.pnp\.[cm]?js$/],
  },
  {
    tool: 'coverage',
    kind: 'recipe',
    languages: LANGUAGES,
    starts: starts(['nyc', 'c8']),
    configuration: [/(^|\/)\.(nycrc|c8rc)(\.(json|ya?ml))?$/],
  },
  {
    tool: 'babel',
    kind: 'recipe',
    languages: LANGUAGES,
    starts: starts(['babel']),
    configuration: [/(^|\/)(babel\.config\.[a-z]+|\.babelrc(\.[a-z]+)?|\.swcrc)$/],
  },
];
