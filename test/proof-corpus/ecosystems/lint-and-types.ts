import { json, type Ecosystem } from '../corpus-item.js';
import { manifest } from './node.js';

const IGNORED = 'node_modules\n';
/** The compiler options of the TypeScript projects. */
export const TS_OPTIONS = {
  strict: true,
  noEmit: true,
  module: 'nodenext',
  target: 'es2022',
  lib: ['es2022'],
  types: [],
} as const;
const TS = {
  '.gitignore': IGNORED,
  'package.json': manifest('tsc -p .', { type: 'module' }),
  'tsconfig.json': json({ compilerOptions: TS_OPTIONS, include: ['src'] }),
  'src/add.ts': 'export function add(a: number, b: number): number {\n  return a + b;\n}\n',
  'src/main.ts': "import { add } from './add.js';\n\nexport const total: number = add(2, 3);\n",
} as const;
const BROKEN_TS = {
  'src/add.ts': 'export function add(a: number, b: number): number {\n  return `${a}${b}`;\n}\n',
} as const;

/** Projects checked by tsc. */
export const TSC_ECOSYSTEMS = [
  {
    id: 'tsc',
    tool: 'tsc',
    files: TS,
    broken: BROKEN_TS,
    check: 'npm test',
    needs: ['node', 'npm:typescript'],
  },
  {
    id: 'tsc-extends',
    tool: 'tsc',
    files: {
      ...TS,
      'tsconfig.base.json': json({ compilerOptions: TS_OPTIONS }),
      'tsconfig.json': json({ extends: './tsconfig.base.json', include: ['src'] }),
    },
    broken: {
      'src/main.ts': `import { add } from './add.js';

export function totalOf(numbers) {
  return numbers.reduce(add, 0);
}
`,
    },
    check: 'npm test',
    needs: ['node', 'npm:typescript'],
  },
  {
    id: 'tsc-incremental',
    tool: 'tsc',
    files: {
      ...TS,
      'tsconfig.json': json({
        compilerOptions: {
          ...TS_OPTIONS,
          incremental: true,
          tsBuildInfoFile: './tsconfig.tsbuildinfo',
        },
        include: ['src'],
      }),
    },
    broken: BROKEN_TS,
    check: 'npm test',
    needs: ['node', 'npm:typescript'],
  },
] as const satisfies readonly Ecosystem[];

/** The flat configuration of the ESLint project. */
export const ESLINT_CONFIG = `const { existsSync, readFileSync } = require('node:fs');

const ignored = existsSync('.lintignore') ? readFileSync('.lintignore', 'utf8').split('\\n').filter(Boolean) : [];

module.exports = [
  { ignores: ignored },
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', exports: 'writable', module: 'writable' } },
    rules: { 'no-unused-vars': 'error', 'no-undef': 'error', 'no-debugger': 'error' },
  },
];
`;
const BROKEN_LINT = {
  'src/add.js': `exports.add = (a, b) => {
  const unused = a;
  return a + c;
};
`,
} as const;

/** A project linted by ESLint. */
export const ESLINT_ECOSYSTEMS = [
  {
    id: 'eslint',
    tool: 'eslint',
    files: {
      '.gitignore': IGNORED,
      'package.json': manifest('eslint src'),
      'eslint.config.js': ESLINT_CONFIG,
      'src/add.js': 'exports.add = (a, b) => a + b;\n',
      'src/main.js': "const { add } = require('./add.js');\n\nexports.total = add(2, 3);\n",
    },
    broken: BROKEN_LINT,
    check: 'npm test',
    needs: ['node', 'npm:eslint'],
  },
] as const satisfies readonly Ecosystem[];

const PYTHON_IGNORED = '__pycache__/\n.ruff_cache/\n.mypy_cache/\n';

/** A project linted by ruff. */
export const RUFF_ECOSYSTEMS = [
  {
    id: 'ruff',
    tool: 'ruff',
    files: {
      '.gitignore': PYTHON_IGNORED,
      'src/calc.py': 'def add(a, b):\n    return a + b\n',
      'src/main.py': 'from calc import add\n\nTOTAL = add(2, 3)\n',
    },
    broken: { 'src/calc.py': 'import os\n\n\ndef add(a, b):\n    return a + c\n' },
    check: 'ruff check --no-cache .',
    needs: ['python', 'pip:ruff'],
  },
  {
    id: 'ruff-pyproject',
    tool: 'ruff',
    files: {
      '.gitignore': PYTHON_IGNORED,
      'pyproject.toml': '[tool.ruff.lint]\nselect = ["E", "F", "B"]\n',
      'src/calc.py': 'def add(a, b):\n    return a + b\n',
      'src/main.py': 'from calc import add\n\nTOTAL = add(2, 3)\n',
    },
    broken: { 'src/calc.py': 'def add(a, b=[]):\n    return a + b\n' },
    check: 'ruff check --no-cache .',
    needs: ['python', 'pip:ruff'],
  },
] as const satisfies readonly Ecosystem[];

/** Projects checked by mypy. */
export const MYPY_ECOSYSTEMS = [
  {
    id: 'mypy',
    tool: 'mypy',
    files: {
      '.gitignore': PYTHON_IGNORED,
      'calc.py': 'def add(a: int, b: int) -> int:\n    return a + b\n',
      'main.py': 'from calc import add\n\ntotal: int = add(2, 3)\n',
    },
    broken: { 'calc.py': 'def add(a: int, b: int) -> int:\n    return f"{a}{b}"\n' },
    check: 'mypy .',
    needs: ['python', 'pip:mypy'],
  },
] as const satisfies readonly Ecosystem[];
