/**
 * Files that decide what a check means. A story that changes one of them is proven a second time with the base's version,
 * so that deleting a failing test or emptying a script gains nothing.
 */

const TEST_FOLDERS = /(^|\/)(tests?|__tests__|specs?|e2e|testdata|fixtures)\//;
const TEST_FILES =
  /(^|\/)(test_[^/]+\.py|conftest\.py|[^/]+_test\.(go|py|rb|exs?|cc|cpp|dart)|[^/]+_spec\.rb|[^/]+[.-](test|spec)\.[cm]?[jt]sx?|[^/]+Tests?\.(java|kt|cs|swift))$/;
const CHECK_FILES =
  /(^|\/)(Makefile|GNUmakefile|makefile|justfile|Justfile|Taskfile\.ya?ml|Rakefile|tox\.ini|noxfile\.py|pytest\.ini|setup\.cfg|\.coveragerc|\.mocharc\.[a-z]+|\.eslintrc(\.[a-z]+)?|eslint\.config\.[cm]?[jt]s|biome\.jsonc?|\.oxlintrc\.json|ruff\.toml|mypy\.ini|\.flake8|\.golangci\.ya?ml|clippy\.toml|rustfmt\.toml|tsconfig[^/]*\.json|(vite|vitest|jest|playwright|karma|ava|cypress|tap)\.(config|setup)\.[cm]?[jt]s(on)?|jest\.config\.json|\.taprc|\.nycrc(\.json)?|phpunit\.xml(\.dist)?)$/;

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

/** True for package manifests whose check-defining part is compared key by key instead of as a whole. */
export function isPackageManifest(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json');
}

/** True when the file as a whole defines a check: a test, its fixture, or the configuration of a check tool. */
export function isCheckDefinition(path: string): boolean {
  return TEST_FOLDERS.test(path) || TEST_FILES.test(path) || CHECK_FILES.test(path);
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
