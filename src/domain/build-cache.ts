import { z } from 'zod';

/** A build cache that a run uses, as it was planned. */
export const plannedCacheSchema = z.object({
  /** Name of a row of the table of build caches; what a later version named is left out. */
  tool: z.string().min(1),
  /** Folders with the tool's manifest, relative to the repository, `.` for its top level. */
  folders: z.array(z.string()).default([]),
});

/** See {@link plannedCacheSchema}. */
export type PlannedCache = z.infer<typeof plannedCacheSchema>;

/** Where a command works, as absolute paths. */
export interface CachePlaces {
  /** The private home of the command. */
  readonly home: string;
  /** The lane's files. */
  readonly root: string;
}

/** A folder that a tool keeps between its runs. */
export interface CacheLayer {
  /** `home` = below the private home; `folder` = below each folder with the tool's manifest; `found` = named by a marker file. */
  readonly place: 'home' | 'folder' | 'found';
  /** Relative; of `found` the name of the file by which the folder is known. */
  readonly path: string;
  /**
   * True when it names the lane's own path, so that no other lane can use it. Such folders are also left out where set-up made
   * other files than on the base: they tell what is fresh by times alone.
   */
  readonly isBoundToLane?: boolean;
  /** What is taken out before it is kept, because it would stand in a proof without having been made there. */
  readonly prune?: 'cargo-products' | 'linked-files';
}

/** Names of the rows of the table of build caches. */
export const BUILD_CACHE_TOOLS = [
  'go',
  'cargo',
  'ccache',
  'cmake',
  'node',
  'mypy',
  'ruff',
  'maven',
  'gradle',
] as const;

/** One tool that builds, and how it is kept warm. */
export interface BuildCacheRow {
  readonly tool: (typeof BUILD_CACHE_TOOLS)[number];
  /** Files that tell that a repository uses it; matched against paths relative to the repository. */
  readonly manifest: RegExp;
  /** A program that must be there, else the row is left out. */
  readonly needs?: string;
  /** Absolute folders, the first that exists of which comes first on PATH. */
  readonly searchFolders?: readonly string[];
  /** Command lines whose output tells the tool's version. */
  readonly versions: readonly string[];
  readonly layers: readonly CacheLayer[];
  /** Variables of checks and of agents' commands. */
  readonly variables: (places: CachePlaces) => Readonly<Record<string, string>>;
}

/**
 * Where distributions and Homebrew keep compilers' names that lead to ccache: compilers are found by their usual names, so that
 * cmake, make and configure need not know of it.
 */
const CCACHE_FOLDERS: readonly string[] = [
  '/usr/lib/ccache',
  '/usr/lib64/ccache',
  '/usr/lib/ccache/bin',
  '/opt/homebrew/opt/ccache/libexec',
  '/usr/local/opt/ccache/libexec',
];

const COMPILED = /\.(c|cc|cpp|cxx|C|m|mm)$/;

/**
 * Every build cache. A tool is here when it decides by content what is fresh, or by times that the engine keeps right
 * (docs/adr/0022-build-caches.md). What a test runner remembers of failures is none: it would change what runs.
 */
export const BUILD_CACHES: readonly BuildCacheRow[] = [
  {
    tool: 'go',
    manifest: /(^|\/)go\.(mod|work)$/,
    versions: ['go version'],
    layers: [{ place: 'home', path: '.cache/go-build' }],
    variables: ({ home }) => ({ GOCACHE: `${home}/.cache/go-build` }),
  },
  {
    tool: 'cargo',
    manifest: /(^|\/)Cargo\.toml$/,
    versions: ['cargo --version', 'rustc -vV'],
    layers: [{ place: 'folder', path: 'target', prune: 'cargo-products' }],
    variables: () => ({}),
  },
  {
    tool: 'ccache',
    manifest: COMPILED,
    needs: 'ccache',
    searchFolders: CCACHE_FOLDERS,
    versions: ['ccache --version', 'cc --version', 'c++ --version', 'clang --version'],
    layers: [{ place: 'home', path: '.cache/ccache' }],
    variables: ({ home, root }) => ({
      CCACHE_DIR: `${home}/.cache/ccache`,
      CCACHE_BASEDIR: root,
      CCACHE_NOHASHDIR: '1',
      CCACHE_MAXSIZE: '2G',
    }),
  },
  {
    tool: 'cmake',
    manifest: /(^|\/)CMakeLists\.txt$/,
    versions: ['cmake --version'],
    layers: [
      { place: 'found', path: 'CMakeCache.txt', isBoundToLane: true, prune: 'linked-files' },
    ],
    variables: () => ({}),
  },
  {
    tool: 'node',
    manifest: /(^|\/)package\.json$/,
    versions: ['node --version'],
    layers: [
      { place: 'folder', path: 'node_modules/.cache' },
      { place: 'folder', path: 'node_modules/.vite' },
    ],
    variables: () => ({}),
  },
  {
    tool: 'mypy',
    manifest: /(^|\/)(mypy\.ini|\.mypy\.ini|pyproject\.toml|setup\.cfg)$/,
    versions: ['python3 --version'],
    layers: [{ place: 'home', path: '.cache/mypy' }],
    variables: ({ home }) => ({ MYPY_CACHE_DIR: `${home}/.cache/mypy` }),
  },
  {
    tool: 'ruff',
    manifest: /(^|\/)(ruff\.toml|\.ruff\.toml|pyproject\.toml)$/,
    versions: [],
    layers: [{ place: 'home', path: '.cache/ruff' }],
    variables: ({ home }) => ({ RUFF_CACHE_DIR: `${home}/.cache/ruff` }),
  },
  {
    tool: 'maven',
    manifest: /(^|\/)pom\.xml$/,
    versions: ['java -version', 'mvn --version'],
    layers: [{ place: 'home', path: '.m2/repository' }],
    variables: () => ({}),
  },
  {
    tool: 'gradle',
    manifest: /(^|\/)(build|settings)\.gradle(\.kts)?$/,
    versions: ['java -version'],
    layers: [
      { place: 'home', path: '.gradle/caches' },
      { place: 'home', path: '.gradle/wrapper' },
    ],
    variables: ({ home }) => ({
      GRADLE_USER_HOME: `${home}/.gradle`,
      GRADLE_OPTS: '-Dorg.gradle.caching=true -Dorg.gradle.daemon=false',
    }),
  },
];

/** A repository may have hundreds of manifests; their outermost folders are few. */
const FOLDER_LIMIT = 8;

/** Build caches that a repository can use. */
export interface DetectedCaches {
  readonly caches: readonly PlannedCache[];
  /** Programs without which files of the repository are built anew each time. */
  readonly missing: readonly string[];
}

/** The build caches that a repository with these files can use, in the order of the table. `isThere` looks for a program. */
export function detectCaches(
  paths: readonly string[],
  isThere: (program: string) => boolean,
): DetectedCaches {
  const caches: PlannedCache[] = [];
  const missing: string[] = [];
  for (const { tool, manifest, needs } of BUILD_CACHES) {
    const found = paths.filter((path) => manifest.test(path));
    if (found.length === 0) continue;
    if (needs !== undefined && !isThere(needs)) missing.push(needs);
    else caches.push({ tool, folders: outermostFolders(found) });
  }
  return { caches, missing };
}

function outermostFolders(files: readonly string[]): string[] {
  const folders = [...new Set(files.map(folderOf))].sort(
    (left, right) => left.split('/').length - right.split('/').length || (left < right ? -1 : 1),
  );
  const kept: string[] = [];
  for (const folder of folders) {
    const isInside = kept.some((other) => other === '.' || folder.startsWith(`${other}/`));
    if (!isInside && kept.length < FOLDER_LIMIT) kept.push(folder);
  }
  return kept;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}

/** The rows of planned caches, each with its folders. */
export function cacheRows(
  caches: readonly PlannedCache[],
): { readonly row: BuildCacheRow; readonly folders: readonly string[] }[] {
  return caches.flatMap(({ tool, folders }) => {
    const row = BUILD_CACHES.find((candidate) => candidate.tool === tool);
    return row === undefined ? [] : [{ row, folders }];
  });
}

/** Variables of commands that use these caches; later rows win. */
export function cacheVariables(
  caches: readonly PlannedCache[],
  places: CachePlaces,
): Record<string, string> {
  return Object.assign({}, ...cacheRows(caches).map(({ row }) => row.variables(places))) as Record<
    string,
    string
  >;
}
