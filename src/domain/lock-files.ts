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
  { name: 'Cargo.lock', command: 'cargo generate-lockfile' },
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

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
