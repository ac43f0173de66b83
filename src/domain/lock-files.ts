import { z } from 'zod';

/** One lock file by its name: how the tool that wrote it makes it anew from the manifest, without changing anything else. */
interface LockFile {
  readonly name: string;
  readonly command: string;
}

const LOCK_FILES: readonly LockFile[] = [
  {
    name: 'package-lock.json',
    command: 'npm install --package-lock-only --ignore-scripts --no-audit --no-fund',
  },
  {
    name: 'npm-shrinkwrap.json',
    command: 'npm install --package-lock-only --ignore-scripts --no-audit --no-fund',
  },
  { name: 'pnpm-lock.yaml', command: 'pnpm install --lockfile-only --ignore-scripts' },
  {
    name: 'yarn.lock',
    command: 'yarn install --mode=update-lockfile || yarn install --ignore-scripts',
  },
  { name: 'bun.lock', command: 'bun install --lockfile-only' },
  { name: 'uv.lock', command: 'uv lock' },
  { name: 'poetry.lock', command: 'poetry lock --no-interaction' },
  { name: 'Pipfile.lock', command: 'pipenv lock' },
  // what is locked stays; generate-lockfile would take the newest of everything
  { name: 'Cargo.lock', command: 'cargo update --workspace' },
  { name: 'go.sum', command: 'go mod tidy' },
  {
    name: 'composer.lock',
    command: 'composer update --lock --no-install --no-scripts --no-interaction',
  },
  { name: 'Gemfile.lock', command: 'bundle lock' },
];

const COMMANDS = new Map(LOCK_FILES.map(({ name, command }) => [name, command]));

/** True for a file that a package manager writes: never merged as text. Pure. */
export function isLockFile(path: string): boolean {
  return COMMANDS.has(nameOf(path));
}

/** Where and how lock files are made anew, each folder and command once. Pure. */
export function lockCommands(
  paths: readonly string[],
): { readonly folder: string; readonly command: string }[] {
  const found = new Map<string, { folder: string; command: string }>();
  for (const path of paths) {
    const command = COMMANDS.get(nameOf(path));
    if (command === undefined) continue;
    const slash = path.lastIndexOf('/');
    const folder = slash < 0 ? '.' : path.slice(0, slash);
    found.set(`${folder}\0${command}`, { folder, command });
  }
  return [...found.values()];
}

const wantedSchema = z.object({
  dependencies: z.record(z.string(), z.unknown()).default({}),
  devDependencies: z.record(z.string(), z.unknown()).default({}),
  optionalDependencies: z.record(z.string(), z.unknown()).default({}),
  peerDependencies: z.record(z.string(), z.unknown()).default({}),
});
/** `packages[""]` is what the lock was made for; npm 7 and later write it. */
const npmLockSchema = z.object({ packages: z.object({ '': wantedSchema }) });

/** Manifest beside a lock file of npm; undefined for other lock files, whose makers accept one that lacks something. Pure. */
export function npmManifestOf(lock: string): string | undefined {
  const name = nameOf(lock);
  if (name !== 'package-lock.json' && name !== 'npm-shrinkwrap.json') return undefined;
  return `${lock.slice(0, lock.length - name.length)}package.json`;
}

/** True when the manifest asks for other packages than its lock of npm was made for, which `npm ci` refuses. What cannot be read is not stale. Pure. */
export function isStaleNpmLock(manifest: string, lock: string): boolean {
  const wanted = wantedSchema.safeParse(parsed(manifest));
  const locked = npmLockSchema.safeParse(parsed(lock));
  if (!wanted.success || !locked.success) return false;
  return wordsOf(wanted.data) !== wordsOf(locked.data.packages['']);
}

function wordsOf(wanted: z.output<typeof wantedSchema>): string {
  return JSON.stringify(
    Object.entries(wanted).map(([kind, packages]) => [
      kind,
      Object.entries(packages).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
