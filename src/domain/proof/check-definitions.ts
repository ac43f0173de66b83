/**
 * Files that decide what a check means. A story that changes one of them is proven a second time with the base's version,
 * so that deleting a failing test or emptying a script gains nothing.
 */

const TEST_FOLDERS = /(^|\/)(tests?|__tests__|specs?|e2e|testdata|fixtures)\//;
const TEST_FILES =
  /^(?:test_[^/]+\.py|conftest\.py|[^/]+_test\.(?:go|py|rb|exs?|cc|cpp|dart)|[^/]+_spec\.rb|[^/]+[.-](?:test|spec)\.[cm]?[jt]sx?|[^/]+Tests?\.(?:java|kt|cs|swift))$/;
const CHECK_FILES =
  /(^|\/)(Makefile|GNUmakefile|makefile|\.?[jJ]ustfile|[^/]+\.mk|Taskfile\.ya?ml|Rakefile|tox\.ini|noxfile\.py|pytest\.ini|setup\.cfg|\.coveragerc|\.mocharc\.[a-z]+|\.eslintrc(\.[a-z]+)?|eslint\.config\.[cm]?[jt]s|biome\.jsonc?|\.oxlintrc\.json|ruff\.toml|mypy\.ini|\.flake8|\.golangci\.ya?ml|clippy\.toml|rustfmt\.toml|tsconfig[^/]*\.json|(vite|vitest|jest|playwright|karma|ava|cypress|tap)\.(config|setup)\.[cm]?[jt]s(on)?|jest\.config\.json|\.taprc|\.nycrc(\.json)?|phpunit\.xml(\.dist)?|codetether\.toml|\.codetether\/config\.toml)$/;

/** Keys of package.json that define checks; the others (dependencies, version, …) stay the story's. */
const PACKAGE_CHECK_KEYS: readonly string[] = [
  'scripts',
  'jest',
  'vitest',
  'mocha',
  'ava',
  'tap',
  'nyc',
  'c8',
  'eslintConfig',
];

/** Tables of pyproject.toml that configure tools which check; the others (project, dependencies, …) stay the story's. */
const PYPROJECT_CHECK_TABLES =
  /^tool\.(pytest|ruff|mypy|pyright|basedpyright|pylint|flake8|black|isort|coverage|tox|nox|poe|taskipy|hatch\.envs|pdm\.scripts)(\.|$)/;

/** A larger manifest is compared and restored as a whole. */
const LARGEST_MANIFEST = 1024 * 1024;

/** True for manifests of which only a part defines checks; that part is compared, not the whole file. */
export function isManifest(path: string): boolean {
  return /(^|\/)(package\.json|pyproject\.toml)$/.test(path);
}

/** The story's manifest with the base's check definitions, or null when nothing about checks changed. */
export function restoreManifestChecks(
  path: string,
  baseText: string,
  storyText: string,
): string | null {
  if (Math.max(baseText.length, storyText.length) > LARGEST_MANIFEST)
    return baseText === storyText ? null : baseText;
  return path.endsWith('.json')
    ? restorePackageChecks(baseText, storyText)
    : restorePyprojectChecks(baseText, storyText);
}

/**
 * The story's pyproject.toml with the base's tables of check tools in the place of its own, or null when they are the same.
 * Tables that only the story has are kept, as long as the base had no table of the same tool.
 */
export function restorePyprojectChecks(baseText: string, storyText: string): string | null {
  const base = splitTables(baseText).filter((table) => PYPROJECT_CHECK_TABLES.test(table.name));
  const story = splitTables(storyText);
  const tools = new Set(base.map((table) => toolOf(table.name)));
  const isGuarded = (table: TomlTable): boolean => tools.has(toolOf(table.name));
  const textOf = (tables: readonly TomlTable[]): string =>
    tables.map((table) => table.text.trim()).join('\n\n');
  if (textOf(base) === textOf(story.filter(isGuarded))) return null;
  return `${textOf([...story.filter((table) => !isGuarded(table)), ...base])}\n`;
}

interface TomlTable {
  readonly name: string;
  readonly text: string;
}

function splitTables(text: string): TomlTable[] {
  const tables: TomlTable[] = [];
  let name = '';
  let lines: string[] = [];
  const close = (): void => {
    if (lines.length > 0) tables.push({ name, text: lines.join('\n') });
  };
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\[?\s*([A-Za-z0-9_-][^\]=,]*)\]\]?\s*(#.*)?$/.exec(line);
    if (header !== null) {
      close();
      name = (header[1] ?? '').replace(/["'\s]/g, '');
      lines = [];
    }
    lines.push(line);
  }
  close();
  return tables;
}

function toolOf(name: string): string {
  return PYPROJECT_CHECK_TABLES.test(name) ? (name.split('.')[1] ?? '') : '';
}

/** True when the file as a whole defines a check: a test, its fixture, or the configuration of a check tool. */
export function isCheckDefinition(path: string): boolean {
  return (
    TEST_FOLDERS.test(path) ||
    TEST_FILES.test(path.slice(path.lastIndexOf('/') + 1)) ||
    CHECK_FILES.test(path)
  );
}

/**
 * The story's package.json with the base's check definitions, or null when nothing about checks changed.
 * Scripts that only the story has are kept: adding a check is not cheating.
 * Text that is not a JSON object counts as changed and gives the base's text.
 */
export function restorePackageChecks(baseText: string, storyText: string): string | null {
  const base = parseObject(baseText);
  const story = parseObject(storyText);
  if (base === null) return null;
  if (story === null) return baseText;
  const restored: Record<string, unknown> = { ...story };
  let isChanged = false;
  for (const key of PACKAGE_CHECK_KEYS) {
    if (!(key in base)) continue;
    const wanted = mergeDefinition(base[key], story[key]);
    if (JSON.stringify(wanted) === JSON.stringify(story[key])) continue;
    restored[key] = wanted;
    isChanged = true;
  }
  return isChanged ? `${JSON.stringify(restored, null, 2)}\n` : null;
}

function mergeDefinition(base: unknown, story: unknown): unknown {
  if (!isRecord(base) || !isRecord(story)) return base;
  const merged: Record<string, unknown> = { ...story };
  for (const [key, value] of Object.entries(base)) merged[key] = value;
  return merged;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
