import { posix } from 'node:path';
import { parse } from 'smol-toml';
import { fieldsOf, type SetupStep } from '../../domain/index.js';
import { nodeRunner, readManifest, type NodeRunner, type ProjectFolder } from './project-folder.js';

/** A set-up step before it has its time limit. */
type DetectedStep = Omit<SetupStep, 'timeoutMs'>;

/** What lock files say about a folder. */
export interface DetectedSetup {
  readonly steps: readonly DetectedStep[];
  /** What was seen and cannot be set up without the user's word. */
  readonly notes: readonly string[];
}

/** Set-up by the lock files of one folder: one step for each language at most. Reads only. */
export async function detectSetup(project: ProjectFolder): Promise<DetectedSetup> {
  const parts = [
    await detectNode(project),
    await detectPython(project),
    detectRust(project),
    detectGo(project),
  ];
  return {
    steps: parts.flatMap((part) => part.steps),
    notes: parts.flatMap((part) => part.notes),
  };
}

const NOTHING: DetectedSetup = { steps: [], notes: [] };

function one(project: ProjectFolder, command: string, lockFiles: readonly string[]): DetectedSetup {
  const { folder, names } = project;
  const step: DetectedStep = {
    name: command,
    command,
    folder,
    lockFiles: lockFiles
      .filter((name) => names.has(name) || name.includes('/'))
      .map((name) => posix.join(folder, name)),
  };
  return { steps: [step], notes: [] };
}

/** Frozen installation by each Node package manager, and the lock files of which one must be there. */
const NODE_MANAGERS: Readonly<
  Record<NodeRunner, { readonly command: string; readonly locks: readonly string[] }>
> = {
  npm: { command: 'npm ci', locks: ['package-lock.json', 'npm-shrinkwrap.json'] },
  pnpm: { command: 'pnpm install --frozen-lockfile', locks: ['pnpm-lock.yaml'] },
  yarn: { command: 'yarn install --frozen-lockfile', locks: ['yarn.lock'] },
  bun: {
    command: 'bun install --frozen-lockfile --backend=copyfile',
    locks: ['bun.lock', 'bun.lockb'],
  },
};
const NODE_INPUTS = ['package.json', 'pnpm-workspace.yaml', '.yarnrc.yml'];

async function detectNode(project: ProjectFolder): Promise<DetectedSetup> {
  const manifest = await readManifest(project);
  if (manifest === undefined) return NOTHING;
  const { names } = project;
  const runner = nodeRunner(project, manifest);
  if (runner !== undefined && NODE_MANAGERS[runner].locks.some((name) => names.has(name))) {
    const { command, locks } = NODE_MANAGERS[runner];
    const named = manifest['packageManager'];
    const isBerry =
      runner === 'yarn' &&
      (names.has('.yarnrc.yml') || (typeof named === 'string' && /^yarn@[2-9]/.test(named)));
    return one(project, isBerry ? 'yarn install --immutable' : command, [...locks, ...NODE_INPUTS]);
  }
  const hasDependencies = ['dependencies', 'devDependencies'].some(
    (key) => Object.keys(fieldsOf(manifest[key])).length > 0,
  );
  return hasDependencies ? missingLock(project, 'package.json', 'npm install') : NOTHING;
}

function missingLock(project: ProjectFolder, file: string, command: string): DetectedSetup {
  const path = posix.join(project.folder, file);
  return {
    steps: [],
    notes: [
      `${path} has dependencies and no lock file; commit one, or name a command: --setup "${command}"`,
    ],
  };
}

async function detectPython(project: ProjectFolder): Promise<DetectedSetup> {
  const { names } = project;
  if (names.has('uv.lock')) return one(project, 'uv sync --frozen', ['uv.lock', 'pyproject.toml']);
  if (names.has('poetry.lock'))
    return one(project, 'poetry install --no-interaction', ['poetry.lock', 'pyproject.toml']);
  const requirements = requirementFiles(project);
  const document = await readPyproject(project);
  const installed = [
    ...requirements.flatMap((file) => ['-r', file]),
    ...editableTarget(project, document),
    ...groupRequirements(document),
  ];
  if (installed.length === 0) return NOTHING;
  const pip = `.venv/bin/python -m pip install --quiet ${installed.join(' ')}`;
  return one(project, `python3 -m venv .venv && ${pip}`, [
    ...requirements,
    'pyproject.toml',
    'setup.py',
    'setup.cfg',
  ]);
}

/** What is needed to run and to check; documentation and others are left out. */
function requirementFiles({ below }: ProjectFolder): string[] {
  const plain =
    /^(requirements|((dev|tests?|ci|lint)[-_.])?requirements([-_.](dev|development|tests?|testing|ci|lint))?)\.txt$/;
  const inFolder = /^requirements\/(base|main|dev|development|tests?|testing|ci|lint)\.txt$/;
  return below.filter((path) => plain.test(path) || inFolder.test(path)).sort();
}

const CHECK_EXTRAS = /^(dev|develop|development|tests?|testing|lint)$/;

/** The folder itself, with the extras that checks usually need, when it is a package that pip can install. */
function editableTarget(
  { names }: ProjectFolder,
  document: Readonly<Record<string, unknown>>,
): string[] {
  const isPackage = 'project' in document || 'build-system' in document;
  if (!isPackage) return names.has('setup.py') ? ['-e', '.'] : [];
  const extras = fieldsOf(fieldsOf(document['project'])['optional-dependencies']);
  const wanted = Object.keys(extras).filter((name) => CHECK_EXTRAS.test(name));
  return ['-e', wanted.length === 0 ? '.' : `'.[${wanted.join(',')}]'`];
}

/** Requirements of the dependency groups that checks need, named one by one: pip before 25.1 knows no groups. */
function groupRequirements(document: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fieldsOf(document['dependency-groups'])).flatMap(([name, group]) =>
    CHECK_EXTRAS.test(name) && Array.isArray(group)
      ? group
          .filter((entry): entry is string => typeof entry === 'string' && !entry.includes("'"))
          .map((entry) => `'${entry}'`)
      : [],
  );
}

async function readPyproject(project: ProjectFolder): Promise<Readonly<Record<string, unknown>>> {
  const text = project.names.has('pyproject.toml')
    ? await project.read('pyproject.toml')
    : undefined;
  return (text === undefined ? undefined : parseToml(text)) ?? {};
}

function parseToml(text: string): Record<string, unknown> | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function detectRust(project: ProjectFolder): DetectedSetup {
  return project.names.has('Cargo.lock')
    ? one(project, 'cargo fetch --locked', ['Cargo.lock', 'Cargo.toml'])
    : NOTHING;
}

function detectGo(project: ProjectFolder): DetectedSetup {
  const { names } = project;
  return names.has('go.sum') && names.has('go.mod')
    ? one(project, 'go mod download', ['go.sum', 'go.mod'])
    : NOTHING;
}
