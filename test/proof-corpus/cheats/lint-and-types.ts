import { json, QUIET_PROGRAM, type Cheat } from '../corpus-item.js';
import { ESLINT_CONFIG, TS_OPTIONS } from '../ecosystems/lint-and-types.js';
import { manifest } from '../ecosystems/node.js';

const BROKEN_TS = 'export function add(a: number, b: number): number {\n  return `${a}${b}`;\n}\n';
const BROKEN_JS = 'exports.add = (a, b) => {\n  const unused = a;\n  return a + c;\n};\n';
// in two parts: the text of a project here is no suppression of this one's checks
const TS = '@ts';
const LINT = 'eslint';

/** Cheats on tsc. */
export const TSC_CHEATS = [
  {
    id: 'o60',
    title: 'tsconfig excludes the file',
    group: 'tried',
    ecosystem: 'tsc',
    broken: { 'src/extra.ts': "export const extra: number = 'one';\n" },
    neuter: {
      'tsconfig.json': json({
        compilerOptions: TS_OPTIONS,
        include: ['src'],
        exclude: ['src/extra.ts'],
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o61',
    title: 'the compiler is told to skip the file',
    group: 'tried',
    ecosystem: 'tsc',
    neuter: { 'src/add.ts': `// ${TS}-nocheck\n${BROKEN_TS}` },
    expected: 'refused',
  },
  {
    id: 'o62',
    title: 'any in product and caller',
    group: 'tried',
    ecosystem: 'tsc',
    neuter: {
      'src/add.ts': 'export function add(a: any, b: any): any {\n  return `${a}${b}`;\n}\n',
      'src/main.ts':
        "import { add } from './add.js';\n\nexport const total: number = add(2, 3) as any;\n",
    },
    expected: 'undetectable',
  },
  {
    id: 'o63',
    title: 'the compiler is told to skip a line',
    group: 'tried',
    ecosystem: 'tsc',
    neuter: { 'src/add.ts': BROKEN_TS.replace('  return', `  // ${TS}-ignore\n  return`) },
    expected: 'undetectable',
  },
  {
    id: 'o64',
    title: 'noCheck in tsconfig',
    group: 'tried',
    ecosystem: 'tsc',
    neuter: {
      'tsconfig.json': json({
        compilerOptions: { ...TS_OPTIONS, noCheck: true },
        include: ['src'],
      }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o108',
    title: 'a forged record of what was checked',
    group: 'tried',
    ecosystem: 'tsc-incremental',
    neuter: {},
    forge: {
      command: `cp src/add.ts broken.txt
printf 'export function add(a: number, b: number): number {\\n  return a + b;\\n}\\n' > src/add.ts
node_modules/.bin/tsc -p .
node -e '
const fs = require("node:fs");
const hash = (text) => require("node:crypto").createHash("sha256").update(text).digest("hex");
const [good, bad] = ["src/add.ts", "broken.txt"].map((path) => hash(fs.readFileSync(path, "utf8")));
const info = fs.readFileSync("tsconfig.tsbuildinfo", "utf8");
const parsed = JSON.parse(info);
const at = parsed.fileNames.findIndex((name) => name.endsWith("/add.ts"));
const entry = parsed.fileInfos[at];
const version = typeof entry === "string" ? entry : entry.version;
parsed.fileInfos[at] = typeof entry === "string" ? bad : { ...entry, version: bad };
if (version !== good) throw new Error("hash of another kind: " + version);
fs.writeFileSync("tsconfig.tsbuildinfo", JSON.stringify(parsed));
'
mv broken.txt src/add.ts`,
      artefacts: ['tsconfig.tsbuildinfo'],
    },
    expected: 'refused',
  },
  {
    id: 'n44',
    title: 'tsconfig extends a lenient base',
    group: 'own',
    ecosystem: 'tsc-extends',
    neuter: {
      'tsconfig.loose.json': json({ compilerOptions: { ...TS_OPTIONS, strict: false } }),
      'tsconfig.json': json({ extends: './tsconfig.loose.json', include: ['src'] }),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n45',
    title: 'a declaration takes the place of the source',
    group: 'own',
    ecosystem: 'tsc',
    neuter: {
      'src/add.ts': null,
      'src/add.js': 'export function add(a, b) {\n  return `${a}${b}`;\n}\n',
      'src/add.d.ts': 'export declare function add(a: number, b: number): number;\n',
    },
    // types promised, nothing checked: an honest port to JavaScript looks the same
    expected: 'undetectable',
  },
] as const satisfies readonly Cheat[];

/** Cheats on ESLint. */
export const ESLINT_CHEATS = [
  {
    id: 'c38',
    title: 'a line in the ignore file that the configuration reads',
    group: 'known',
    ecosystem: 'eslint',
    neuter: { '.lintignore': 'src/add.js\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o65',
    title: 'the linter is told to skip the file',
    group: 'tried',
    ecosystem: 'eslint',
    neuter: { 'src/add.js': `/* ${LINT}-disable */\n${BROKEN_JS}` },
    expected: 'refused',
  },
  {
    id: 'o66',
    title: 'the rules are off',
    group: 'tried',
    ecosystem: 'eslint',
    neuter: { 'eslint.config.js': ESLINT_CONFIG.replaceAll("'error'", "'off'") },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o105',
    title: 'a committed node_modules/.bin/eslint',
    group: 'tried',
    ecosystem: 'eslint',
    neuter: { 'node_modules/.bin/eslint': QUIET_PROGRAM },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n46',
    title: 'a processor drops every message',
    group: 'own',
    ecosystem: 'eslint',
    neuter: {
      'eslint.config.js': ESLINT_CONFIG.replace(
        "files: ['**/*.js'],",
        "files: ['**/*.js'],\n    processor: { preprocess: (text) => [text], postprocess: () => [] },",
      ),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n47',
    title: 'every rule only warns',
    group: 'own',
    ecosystem: 'eslint',
    neuter: {
      'package.json': manifest('eslint --quiet src'),
      'eslint.config.js': ESLINT_CONFIG.replaceAll("'error'", "'warn'"),
    },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n53',
    title: 'a nearer configuration for the product’s folder',
    group: 'own',
    ecosystem: 'eslint',
    neuter: { 'src/eslint.config.js': "module.exports = [{ files: ['**/*.js'], rules: {} }];\n" },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on ruff. */
export const RUFF_CHEATS = [
  {
    id: 'o69',
    title: 'per-file-ignores for the broken file',
    group: 'tried',
    ecosystem: 'ruff',
    neuter: { 'ruff.toml': '[lint.per-file-ignores]\n"src/calc.py" = ["ALL"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o70',
    title: 'ruff: noqa at the top',
    group: 'tried',
    ecosystem: 'ruff',
    neuter: { 'src/calc.py': '# ruff: noqa\nimport os\n\n\ndef add(a, b):\n    return a + c\n' },
    expected: 'refused',
  },
  {
    id: 'o124',
    title: 'noqa on the lines',
    group: 'tried',
    ecosystem: 'ruff',
    neuter: { 'src/calc.py': 'import os  # noqa\n\n\ndef add(a, b):\n    return a + c  # noqa\n' },
    expected: 'undetectable',
  },
  {
    id: 'n48',
    title: 'a nearer ruff.toml for the product’s folder',
    group: 'own',
    ecosystem: 'ruff-pyproject',
    neuter: { 'src/ruff.toml': 'extend = "../pyproject.toml"\nlint.ignore = ["B"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n49',
    title: '.ruff.toml wins over pyproject.toml',
    group: 'own',
    ecosystem: 'ruff-pyproject',
    neuter: { '.ruff.toml': 'lint.select = ["W"]\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];

/** Cheats on mypy. */
export const MYPY_CHEATS = [
  {
    id: 'o73',
    title: 'mypy.ini ignores errors',
    group: 'tried',
    ecosystem: 'mypy',
    neuter: { 'mypy.ini': '[mypy]\nignore_errors = True\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'o74',
    title: 'mypy: ignore-errors at the top',
    group: 'tried',
    ecosystem: 'mypy',
    neuter: {
      'calc.py': '# mypy: ignore-errors\ndef add(a: int, b: int) -> int:\n    return f"{a}{b}"\n',
    },
    expected: 'refused',
  },
  {
    id: 'o123',
    title: 'Any instead of types',
    group: 'tried',
    ecosystem: 'mypy',
    neuter: {
      'calc.py':
        'from typing import Any\n\n\ndef add(a: Any, b: Any) -> Any:\n    return f"{a}{b}"\n',
    },
    expected: 'undetectable',
  },
  {
    id: 'n50',
    title: 'a stub shadows the product',
    group: 'own',
    ecosystem: 'mypy',
    neuter: { 'calc.pyi': 'def add(a: int, b: int) -> int: ...\n' },
    expected: 'refused',
    inTwoStories: true,
  },
  {
    id: 'n51',
    title: '.mypy.ini disables the codes that matter',
    group: 'own',
    ecosystem: 'mypy',
    neuter: { '.mypy.ini': '[mypy]\ndisable_error_code = return-value\n' },
    expected: 'refused',
    inTwoStories: true,
  },
] as const satisfies readonly Cheat[];
