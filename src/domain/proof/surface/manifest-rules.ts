/** How the keys of one kind of manifest are divided between product and checks. */
export interface ManifestRule {
  readonly file: RegExp;
  readonly format: 'json' | 'toml' | 'ini' | 'go.mod';
  /** Keys that decide about checks, as dotted paths; all keys where it is absent. */
  readonly guarded?: readonly string[];
  /** Keys that never do, though a guarded one holds them. */
  readonly free?: readonly string[];
  /** Keys that decide which files a name finds: never put back, but a reason to look. */
  readonly watched?: readonly string[];
  /** Maps from names to where they come from: an entry that becomes a local path gets the base's value again. */
  readonly sources?: readonly string[];
  /** In it, entries that only the story has stay even when additions are taken away; null = all stay. */
  readonly open?: { readonly key: string; readonly but: RegExp };
}

const PACKAGE_JSON: ManifestRule = {
  file: /(^|\/)package\.json$/,
  format: 'json',
  guarded: [
    'scripts',
    'jest',
    'vitest',
    'mocha',
    'ava',
    'tap',
    'nyc',
    'c8',
    'eslintConfig',
    'eslintIgnore',
    'babel',
    'config',
    'bun',
    'prettier',
    'lint-staged',
    'xo',
    'standard',
    'tsd',
    'type-coverage',
    'size-limit',
    'overrides',
    'resolutions',
    'pnpm',
    'workspaces',
    'packageManager',
    'engines',
    'volta',
    'wireit',
  ],
  watched: ['type', 'main', 'module', 'exports', 'imports', 'browser'],
  sources: ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'],
  open: {
    key: 'scripts',
    but: /^(?:pre|post)|^(?:install|prepare|prepublish|prepack|dependencies)$/,
  },
};

const PYPROJECT: ManifestRule = {
  file: /(^|\/)pyproject\.toml$/,
  format: 'toml',
  guarded: ['tool', 'build-system'],
  free: [
    'tool.poetry.dependencies',
    'tool.poetry.group',
    'tool.poetry.version',
    'tool.poetry.name',
    'tool.poetry.description',
    'tool.poetry.packages',
    'tool.uv.sources',
    'tool.setuptools',
    'tool.hatch.build',
    'tool.hatch.version',
    'tool.pdm.build',
  ],
  sources: ['tool.uv.sources', 'tool.poetry.dependencies', 'tool.poetry.group.*.dependencies'],
};

const CARGO: ManifestRule = {
  file: /(^|\/)Cargo\.toml$/,
  format: 'toml',
  free: [
    'package.name',
    'package.version',
    'package.edition',
    'package.authors',
    'package.description',
    'package.license',
    'package.repository',
    'package.keywords',
    'package.rust-version',
    'package.readme',
    'package.publish',
    'dependencies',
    'dev-dependencies',
    'build-dependencies',
    'features',
    'target',
    'bin',
    'example',
    'workspace.members',
    'workspace.dependencies',
    'workspace.package',
  ],
  sources: ['dependencies', 'dev-dependencies', 'build-dependencies', 'workspace.dependencies'],
};

/** Configuration of check tools whose values are compared one by one, so that a story may add keys of its own. */
const STRUCTURED: readonly ManifestRule[] = [
  {
    file: /(^|\/)(?:tsconfig|jsconfig)[^/]*\.json$/,
    format: 'json',
    free: [
      'compilerOptions.lib',
      'compilerOptions.target',
      'compilerOptions.module',
      'compilerOptions.moduleResolution',
      'compilerOptions.jsx',
      'compilerOptions.outDir',
      'compilerOptions.rootDir',
      'compilerOptions.declaration',
      'compilerOptions.sourceMap',
      'compilerOptions.esModuleInterop',
    ],
  },
  {
    file: /(^|\/)(?:\.eslintrc|\.mocharc|jest\.config|\.nycrc|\.c8rc|biome|\.oxlintrc|oxlintrc|turbo|nx|deno|pyrightconfig|\.babelrc|\.swcrc|\.prettierrc|CMakePresets)\.(?:json|jsonc)$/,
    format: 'json',
  },
  {
    file: /(^|\/)(?:\.?ruff|\.?clippy|\.?rustfmt|nextest|bunfig|\.?pylintrc|pytest|\.pytest)\.toml$/,
    format: 'toml',
  },
  { file: /(^|\/)\.cargo\/config(?:\.toml)?$/, format: 'toml' },
  {
    file: /(^|\/)(?:\.?pytest\.ini|\.?mypy\.ini|tox\.ini|setup\.cfg|\.flake8|\.coveragerc|\.?pylintrc)$/,
    format: 'ini',
  },
];

const GO_MOD: ManifestRule = { file: /(^|\/)go\.mod$/, format: 'go.mod' };

/** Manifests of which the product owns some keys. */
const GUARDED: readonly ManifestRule[] = [PACKAGE_JSON, PYPROJECT, CARGO, GO_MOD];

/** True for a manifest of which only some keys decide about checks. */
export function isGuardedManifest(path: string): boolean {
  return GUARDED.some(({ file }) => file.test(path));
}

/** How to divide the keys of a file, or undefined where it is taken as a whole. */
export function manifestRuleOf(path: string): ManifestRule | undefined {
  return [...GUARDED, ...STRUCTURED].find(({ file }) => file.test(path));
}
