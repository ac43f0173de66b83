import { z } from 'zod';

/** A manifest by its name, with the locks that are made of it. */
interface Manifest {
  readonly name: string;
  readonly locks: readonly string[];
  /** What of it a lock depends on, the same text for the same wishes; undefined when it cannot be read. */
  readonly wanted: (text: string) => string | undefined;
  /** True for a manifest whose lock also holds what manifests in folders below it want. */
  readonly isWorkspace?: (text: string) => boolean;
}

const MANIFESTS: readonly Manifest[] = [
  {
    name: 'package.json',
    locks: ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'],
    wanted: jsonFields(
      /^(?:(?:dev|optional|peer|bundled)?dependencies|peerDependenciesMeta|overrides|resolutions|pnpm|workspaces|packageManager)$/i,
    ),
    isWorkspace: (text) => /"workspaces"\s*:/.test(text),
  },
  // a workspace of pnpm is told by a file of its own
  {
    name: 'pnpm-workspace.yaml',
    locks: ['pnpm-lock.yaml'],
    wanted: plainLines(/^\s*#/),
    isWorkspace: () => true,
  },
  {
    name: 'pyproject.toml',
    locks: ['uv.lock', 'poetry.lock'],
    wanted: tomlTables(/^(?:project|dependency-groups|build-system|tool\.(?:poetry|uv))(?:\.|$)/),
    isWorkspace: (text) => /^\[tool\.uv\.workspace\]/m.test(text),
  },
  { name: 'Pipfile', locks: ['Pipfile.lock'], wanted: plainLines(/^\s*#/) },
  {
    name: 'Cargo.toml',
    locks: ['Cargo.lock'],
    wanted: tomlTables(
      /^(?:package|workspace|patch|features|(?:.+\.)?(?:dev-|build-)?dependencies)(?:\.|$)/,
    ),
    isWorkspace: (text) => /^\[workspace(?:\.|\])/m.test(text),
  },
  { name: 'go.mod', locks: ['go.sum'], wanted: plainLines(/^\s*\/\//) },
  {
    name: 'composer.json',
    locks: ['composer.lock'],
    wanted: jsonFields(
      /^(?:require|require-dev|conflict|replace|provide|minimum-stability|prefer-stable|repositories|config)$/,
    ),
  },
  { name: 'Gemfile', locks: ['Gemfile.lock'], wanted: plainLines(/^\s*#/) },
];

const BY_NAME = new Map(MANIFESTS.map((manifest) => [manifest.name, manifest]));

/** A lock file that a change of a manifest may leave behind. */
export interface BoundLock {
  readonly lock: string;
  /** Manifest beside the lock, whose words say whether folders below it belong to it. */
  readonly root: string;
  /** False = only when `root` is a workspace's. */
  readonly isBeside: boolean;
}

/** Lock files that may depend on the manifest, beside it and above it; none for another file, or one of npm, which has its own rule. Pure. */
export function locksOfManifest(path: string): BoundLock[] {
  const { folder, name } = split(path);
  const manifest = BY_NAME.get(name);
  if (manifest === undefined) return [];
  return foldersUp(folder).flatMap((above) => {
    const roots = MANIFESTS.filter(
      (one) =>
        (above === folder ? one.name === name : one.isWorkspace !== undefined) &&
        one.locks.some((lock) => manifest.locks.includes(lock)),
    );
    return roots.flatMap((root) =>
      root.locks
        .filter((lock) => manifest.locks.includes(lock))
        .map((lock) => ({
          lock: joined(above, lock),
          root: joined(above, root.name),
          isBeside: above === folder,
        })),
    );
  });
}

/** Manifests beside a lock file that it is made of. Pure. */
export function manifestsOfLock(path: string): string[] {
  const { folder, name } = split(path);
  return MANIFESTS.filter(({ locks }) => locks.includes(name)).map((one) =>
    joined(folder, one.name),
  );
}

/** True when a manifest says that folders below it share its lock. Pure. */
export function isWorkspaceRoot(path: string, text: string): boolean {
  return BY_NAME.get(split(path).name)?.isWorkspace?.(text) ?? false;
}

/** True when two texts of a manifest ask for the same; what cannot be read asks for nothing else. Pure. */
export function wantsTheSame(path: string, one: string, other: string): boolean {
  const manifest = BY_NAME.get(split(path).name);
  if (manifest === undefined || one === other) return true;
  const [left, right] = [manifest.wanted(one), manifest.wanted(other)];
  return left === undefined || right === undefined || left === right;
}

const objectSchema = z.record(z.string(), z.unknown());

function jsonFields(names: RegExp): Manifest['wanted'] {
  return (text) => {
    const found = objectSchema.safeParse(parsed(text)).data;
    if (found === undefined) return undefined;
    const fields = Object.entries(found).filter(([name]) => names.test(name));
    return JSON.stringify(sorted(Object.fromEntries(fields)));
  };
}

const DEEPEST = 8;

/** Keys in one order, as deep as manifests are. */
function sorted(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '';
  if (Array.isArray(value)) return value.map((inner) => sorted(inner, depth + 1));
  const fields = objectSchema.safeParse(value).data ?? {};
  return Object.entries(fields)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner, depth + 1)]);
}

/** The lines of some tables of a TOML file, without comments and empty ones. Tables are told by their headers: no value is read. */
function tomlTables(names: RegExp): Manifest['wanted'] {
  return (text) => {
    const kept: string[] = [];
    let isWanted = false;
    for (const raw of text.split('\n')) {
      const line = raw.trim();
      const header = /^\[{1,2}([^[\]]+)\]{1,2}/.exec(line)?.[1];
      if (header !== undefined) isWanted = names.test(header.trim());
      if (isWanted && line !== '' && !line.startsWith('#')) kept.push(line);
    }
    return kept.join('\n');
  };
}

function plainLines(comment: RegExp): Manifest['wanted'] {
  return (text) =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !comment.test(line))
      .map((line) => line.trim())
      .join('\n');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function split(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: slash < 0 ? '' : path.slice(0, slash), name: path.slice(slash + 1) };
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder itself, and every one above it up to the top. */
function foldersUp(folder: string): string[] {
  const folders = [folder];
  for (let at = folder; at !== '';) {
    at = split(at).folder;
    folders.push(at);
  }
  return folders;
}
