import { starts } from './starts.js';
import type { ToolRow } from './tool-row.js';

const LANGUAGES = ['javascript', 'typescript'] as const;

/** Type checkers and linters of JavaScript and TypeScript. */
export const JAVASCRIPT_LINTERS: readonly ToolRow[] = [
  {
    tool: 'tsc',
    kind: 'types',
    languages: ['typescript'],
    starts: starts(['tsc', 'tsgo', 'vue-tsc']),
    configuration: [/(^|\/)(tsconfig|jsconfig)[^/]*\.json$/],
    artefacts: [/\.tsbuildinfo$/],
  },
  {
    tool: 'eslint',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['eslint']),
    configuration: [
      /(^|\/)eslint\.config\.[cm]?[jt]s$/,
      /(^|\/)\.eslintrc(\.[a-z]+)?$/,
      /(^|\/)\.(eslint|lint)ignore$/,
    ],
    artefacts: [/(^|\/)\.eslintcache$/],
  },
  {
    tool: 'biome',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['biome']),
    configuration: [/(^|\/)biome\.jsonc?$/],
  },
  {
    tool: 'oxlint',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['oxlint']),
    configuration: [/(^|\/)\.?oxlint(rc)?\.(json|config\.ts)$/],
  },
  {
    tool: 'prettier',
    kind: 'lint',
    languages: LANGUAGES,
    starts: starts(['prettier']),
    configuration: [
      /(^|\/)(\.prettierrc(\.[a-z]+)?|\.prettierignore|prettier\.config\.[cm]?[jt]s)$/,
    ],
  },
];
