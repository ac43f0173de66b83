/**
 * The import matrix: which folder of src may import which. One row a folder; `typeOnly` may be imported as types
 * only. A folder that is not listed in a row is forbidden. See docs/architecture.md.
 */
const MATRIX = {
  domain: { value: [] },
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
  service: { value: ['domain', 'contracts', 'platform', 'client', 'config', 'observability'] },
  api: { value: ['domain', 'client', 'config', 'observability'] },
  tui: { value: ['domain', 'service', 'client', 'config', 'observability'] },
  cli: { value: ['domain', 'service', 'client', 'config', 'observability'] },
  config: { value: ['domain'] },
  observability: { value: ['domain'] },
  workers: {
    value: [
      'domain', 'contracts', 'activities', 'providers', 'tools', 'rlm', 'platform', 'service', 'client', 'api',
      'config', 'observability',
    ],
  },
};

const FOLDERS = Object.keys(MATRIX);

/** Entry files that a command may load lazily (the process starts there). */
const LAZY_ENTRIES = '^src/(workers|api|tui)/entry\\.ts$';

/**
 * Files without dependencies that the supervisor process loads directly: the folders' index files would pull zod and
 * the git and Vault clients into a process that must stay at the size of a bare Node.
 */
const LIGHT_FILES = '^src/(domain/error|config/environment|platform/process/inherited-descriptors|platform/storage/bounded-file)\\.ts$';

/** How every named file is read; the configuration needs it, and nothing else of the platform. */
const BOUNDED_FILE = '^src/platform/storage/bounded-file\\.ts$';

/** What the supervisor and the gate's process load; making certificates and links is done by commands and the worker. */
const LIGHT_GATE = '^src/service/gate/(?!certificates|ui-)';

/** The defaults that `--help` prints: the service's index file would make help load Temporal's client. */
const HELP_FILES = '^src/service/ralph/run-defaults\\.ts$';

const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** Packages a restricted folder may import; everything else from npm is refused there. */
const ALLOWED_PACKAGES = {
  domain: 'zod',
  contracts: 'zod|@temporalio/(workflow|common)',
  workflows: 'zod|@temporalio/(workflow|common)',
  client: 'zod|ulid|@temporalio/(client|common)',
  config: 'zod|smol-toml',
};

function matrixRules() {
  return FOLDERS.flatMap((folder) => {
    const { value, typeOnly = [] } = MATRIX[folder];
    const reachable = [folder, ...value, ...typeOnly];
    const forbidden = FOLDERS.filter((other) => !reachable.includes(other));
    const rules = [
      {
        name: `matrix-${folder}`,
        comment: `src/${folder} may import only: ${[...value, ...typeOnly].join(', ') || 'nothing of src'}`,
        severity: 'error',
        from: { path: `^src/${folder}/` },
        to: {
          path: `^src/(${forbidden.join('|')})/`,
          ...(folder === 'cli' || folder === 'service' ? { pathNot: LAZY_ENTRIES } : {}),
          ...(folder === 'config' ? { pathNot: BOUNDED_FILE } : {}),
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
    comment: `other folders import src/${folder} through its index.ts`,
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${folder}/` },
    to: { path: `^src/${folder}/`, pathNot: [`^src/${folder}/index\\.ts$`, LAZY_ENTRIES, LIGHT_FILES, HELP_FILES] },
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
      comment: 'domain, contracts and workflows run in the workflow sandbox: no Node built-ins',
      severity: 'error',
      from: { path: '^src/(domain|contracts|workflows)/' },
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
      name: 'light-supervisor',
      comment: 'the supervisor stays at the size of a bare Node: built-ins and light files only',
      severity: 'error',
      from: { path: ['^src/service/supervisor/', LIGHT_GATE] },
      to: {
        path: '^(src/|node_modules/)',
        pathNot: ['^src/service/supervisor/', LIGHT_GATE, LIGHT_FILES, '^node_modules/@types/'],
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
