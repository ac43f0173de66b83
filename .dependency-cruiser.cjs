/**
 * The import matrix: which room of src may import which. One row a room; `typeOnly` may be imported as types only, of a
 * room in `light` only its light door. A room that is not listed in a row is forbidden. See docs/architecture.md.
 */
const MATRIX = {
  domain: { value: [] },
  report: { value: ['domain'] },
  contracts: { value: ['domain'] },
  workflows: { value: ['domain', 'contracts'], typeOnly: ['activities'] },
  activities: {
    value: ['domain', 'contracts', 'providers', 'tools', 'rlm', 'platform', 'observability'],
  },
  providers: { value: ['domain', 'platform', 'observability'] },
  tools: { value: ['domain', 'platform', 'observability'] },
  rlm: { value: ['domain', 'platform', 'observability'] },
  platform: { value: ['domain', 'observability'] },
  client: { value: ['domain', 'contracts', 'observability'], typeOnly: ['workflows'] },
  host: { value: ['domain', 'contracts', 'platform', 'config', 'observability'] },
  keys: { value: ['domain', 'contracts', 'platform', 'host', 'config', 'observability'] },
  service: {
    value: ['domain', 'contracts', 'platform', 'host', 'keys', 'client', 'config', 'observability'],
  },
  runs: {
    value: [
      'domain', 'contracts', 'report', 'rlm', 'platform', 'host', 'keys', 'service', 'client', 'config', 'observability',
    ],
  },
  upkeep: {
    value: [
      'domain', 'contracts', 'report', 'tools', 'platform', 'host', 'keys', 'service', 'runs', 'client', 'config',
      'observability',
    ],
  },
  'platform-link': {
    value: ['domain', 'contracts', 'platform', 'client', 'config', 'observability'],
  },
  mcp: { value: ['domain', 'tools', 'platform', 'config', 'observability'] },
  api: { value: ['domain', 'contracts', 'report', 'runs', 'client', 'config', 'observability'] },
  tui: { value: ['domain', 'contracts', 'report', 'runs', 'client', 'config', 'observability'] },
  cli: {
    value: [
      'domain', 'contracts', 'report', 'host', 'keys', 'service', 'runs', 'upkeep', 'mcp', 'platform-link', 'client',
      'api', 'config', 'observability',
    ],
    light: ['platform'],
  },
  config: { value: ['domain'], light: ['platform'] },
  observability: { value: ['domain'] },
  workers: {
    value: [
      'domain', 'contracts', 'report', 'activities', 'providers', 'tools', 'rlm', 'platform', 'host', 'keys', 'runs',
      'client', 'api', 'config', 'observability',
    ],
  },
};

const FOLDERS = Object.keys(MATRIX);

/** Entry files that a command may load lazily (the process starts there). */
const LAZY_ENTRIES = '^src/(workers|api|tui)/entry\\.ts$';

/**
 * Doors of the rooms: `index.ts`, and `light/index.ts` for what may be loaded by processes that must stay at the size of a bare
 * Node, by the command line before it knows the command, and by rooms that may know nothing else of the room.
 */
const LIGHT_DOOR = '^src/[^/]+/light/index\\.ts$';

/** Files that load nothing but Node itself and each other: the light folders, and the processes that start from them. */
const LIGHT = ['^src/[^/]+/light/', '^src/service/(supervisor|gate)/'];

const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** Packages a restricted folder may import; everything else from npm is refused there. */
const ALLOWED_PACKAGES = {
  domain: 'zod',
  report: 'zod',
  contracts: 'zod|@temporalio/(workflow|common)',
  workflows: 'zod|@temporalio/(workflow|common)',
  client: 'zod|ulid|lru-cache|@temporalio/(client|common)',
  config: 'zod|smol-toml|toml-eslint-parser',
};

function matrixRules() {
  return FOLDERS.flatMap((folder) => {
    const { value, typeOnly = [], light = [] } = MATRIX[folder];
    const reachable = [folder, ...value, ...typeOnly, ...light];
    const forbidden = FOLDERS.filter((other) => !reachable.includes(other));
    const rules = [
      {
        name: `matrix-${folder}`,
        comment: `src/${folder} may import only: ${[...value, ...typeOnly].join(', ') || 'nothing of src'}`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: {
          path: `^src/(${forbidden.join('|')})/`,
          ...(folder === 'cli' ? { pathNot: LAZY_ENTRIES } : {}),
        },
      },
    ];
    if (typeOnly.length > 0) {
      rules.push({
        name: `type-only-${folder}`,
        comment: `src/${folder} may import ${typeOnly.join(', ')} as types only`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: { path: `^src/(${typeOnly.join('|')})/`, dependencyTypesNot: ['type-only'] },
      });
    }
    if (light.length > 0) {
      rules.push({
        name: `light-only-${folder}`,
        comment: `src/${folder} may import only the light door of ${light.join(', ')}`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: { path: `^src/(${light.join('|')})/`, pathNot: LIGHT_DOOR },
      });
    }
    return rules;
  });
}

function packageRules() {
  return Object.entries(ALLOWED_PACKAGES).map(([folder, allowed]) => ({
    name: `packages-${folder}`,
    comment: `src/${folder} may import only these packages: ${allowed}`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { dependencyTypes: NPM, pathNot: `node_modules/(${allowed})/` },
  }));
}

function indexRules() {
  return FOLDERS.map((folder) => ({
    name: `index-of-${folder}`,
    comment: `other rooms import src/${folder} through a door: its index.ts, or its light/index.ts`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${folder}/` },
    to: { path: `^src/${folder}/`, pathNot: [`^src/${folder}/index\\.ts$`, LAZY_ENTRIES, LIGHT_DOOR] },
  }));
}

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'no import cycles between files',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'pure-folders-without-node',
      comment: 'domain, report, contracts and workflows are pure: no Node built-ins',
      severity: 'error',
      from: { path: '^src/(domain|report|contracts|workflows)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'unlisted-package',
      comment: 'every package is declared in package.json and resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'unresolvable',
      comment: 'every import leads to a file',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'light',
      comment: 'light files load Node itself and other light files only',
      severity: 'error',
      from: { path: LIGHT },
      to: {
        path: '^(src/|node_modules/)',
        pathNot: [...LIGHT, '^node_modules/@types/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    ...matrixRules(),
    ...packageRules(),
    ...indexRules(),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.node.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
