import { describe, expect, it } from 'vitest';
import {
  BUILD_CACHE_TOOLS,
  BUILD_CACHES,
  cacheVariables,
  detectCaches,
} from '../../../src/domain/build-cache.js';

const everything = (): boolean => true;
const PLACES = { home: '/h', root: '/r' };

/** A row: files by which the tool is recognised, files that are none of its, and what its commands are told. */
const ROWS: Readonly<
  Record<
    (typeof BUILD_CACHE_TOOLS)[number],
    {
      readonly files: readonly string[];
      readonly others: readonly string[];
      readonly folders: readonly string[];
      readonly variables: Readonly<Record<string, string>>;
      readonly layers: readonly string[];
    }
  >
> = {
  go: {
    files: ['go.mod', 'tools/go.mod'],
    others: ['main.go', 'docs/go.md'],
    folders: ['.'],
    variables: { GOCACHE: '/h/.cache/go-build' },
    layers: ['home .cache/go-build'],
  },
  cargo: {
    files: ['crates/a/Cargo.toml', 'crates/b/Cargo.toml'],
    others: ['Cargo.lock', 'xCargo.toml'],
    folders: ['crates/a', 'crates/b'],
    variables: {},
    layers: ['folder target'],
  },
  ccache: {
    files: ['src/main.cpp', 'src/deep/part.c'],
    others: ['src/main.css', 'include/part.h'],
    folders: ['src'],
    variables: {
      CCACHE_DIR: '/h/.cache/ccache',
      CCACHE_BASEDIR: '/r',
      CCACHE_NOHASHDIR: '1',
      CCACHE_MAXSIZE: '2G',
    },
    layers: ['home .cache/ccache'],
  },
  cmake: {
    files: ['CMakeLists.txt'],
    others: ['cmake/find.cmake'],
    folders: ['.'],
    variables: {},
    layers: ['found CMakeCache.txt, only in its lane'],
  },
  node: {
    files: ['package.json', 'packages/a/package.json'],
    others: ['package-lock.json'],
    folders: ['.'],
    variables: {},
    layers: ['folder node_modules/.cache', 'folder node_modules/.vite'],
  },
  mypy: {
    files: ['mypy.ini'],
    others: ['mypy.txt'],
    folders: ['.'],
    variables: { MYPY_CACHE_DIR: '/h/.cache/mypy' },
    layers: ['home .cache/mypy'],
  },
  ruff: {
    files: ['a/ruff.toml'],
    others: ['a/ruff.py'],
    folders: ['a'],
    variables: { RUFF_CACHE_DIR: '/h/.cache/ruff' },
    layers: ['home .cache/ruff'],
  },
  maven: {
    files: ['pom.xml', 'part/pom.xml'],
    others: ['apom.xml'],
    folders: ['.'],
    variables: {},
    layers: ['home .m2/repository'],
  },
  gradle: {
    files: ['build.gradle.kts', 'settings.gradle'],
    others: ['gradle.properties'],
    folders: ['.'],
    variables: {
      GRADLE_USER_HOME: '/h/.gradle',
      GRADLE_OPTS: '-Dorg.gradle.caching=true -Dorg.gradle.daemon=false',
    },
    layers: ['home .gradle/caches', 'home .gradle/wrapper'],
  },
};

describe('the table of build caches', () => {
  it('has a row for each name, in that order', () => {
    expect(BUILD_CACHES.map(({ tool }) => tool)).toEqual(BUILD_CACHE_TOOLS);
  });

  it.each(BUILD_CACHE_TOOLS)('recognises what %s builds, and tells its commands', (tool) => {
    const { files, others, folders, variables, layers } = ROWS[tool];
    const planned = { tool, folders: [...folders] };
    expect(detectCaches(files, everything).caches).toContainEqual(planned);
    expect(detectCaches(others, everything).caches.map((cache) => cache.tool)).not.toContain(tool);
    expect(cacheVariables([planned], PLACES)).toEqual(variables);
    const row = BUILD_CACHES.find((candidate) => candidate.tool === tool);
    expect(
      row?.layers.map(
        ({ place, path, isBoundToLane }) =>
          `${place} ${path}${isBoundToLane === true ? ', only in its lane' : ''}`,
      ),
    ).toEqual(layers);
  });

  it('leaves out a tool that is not installed, and names it', () => {
    expect(detectCaches(['main.c', 'go.mod'], (program) => program !== 'ccache')).toEqual({
      caches: [{ tool: 'go', folders: ['.'] }],
      missing: ['ccache'],
    });
  });

  it('takes the outermost folders, a few of them', () => {
    const files = Array.from({ length: 40 }, (_, at) => `apps/a${at}/deep/Cargo.toml`);
    const [cargo] = detectCaches([...files, 'apps/a1/Cargo.toml'], everything).caches;
    expect(cargo?.folders).toEqual([
      'apps/a1',
      'apps/a0/deep',
      ...['10', '11', '12', '13', '14', '15'].map((at) => `apps/a${at}/deep`),
    ]);
  });

  it('knows nothing of tools of other versions', () => {
    expect(cacheVariables([{ tool: 'later', folders: [] }], PLACES)).toEqual({});
  });
});
