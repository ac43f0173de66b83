import { absent, EXISTS, UNKNOWN, type Place, type TreeWord } from './check-tree.js';
import { fieldsOf, jsonFields } from '../record-fields.js';

/** What `npm init` writes: a script that says that there is none. */
const PLACEHOLDER = /^echo \\?"Error: no test specified\\?" && exit 1$/;
/** More packages than this are not read; then every script counts as there. */
const MOST_PACKAGES = 200;

/** How a command line names a script of package.json. */
export interface ScriptRequest {
  readonly script: string;
  /** Files that a package manager takes for a manifest. */
  readonly manifests?: readonly string[];
  /** `every` = of any package of the repository (`--recursive`); `other` = of one that is named. */
  readonly scope?: 'here' | 'every' | 'other';
  /** True where the word may also be the program of a dependency (`pnpm vitest`). */
  readonly mayBeProgram?: boolean;
}

/** What the files say about a script of the nearest package.json. */
export async function scriptWord(place: Place, request: ScriptRequest): Promise<TreeWord> {
  const { script, manifests = ['package.json'], scope = 'here', mayBeProgram = false } = request;
  if (scope !== 'here') return anyPackage(place, request);
  const path = place.climb(manifests);
  if (path === undefined) return absent('there is no package.json');
  // only JSON is read; what cannot be read is broken, and broken is red
  const manifest = jsonFields(await place.text(path));
  if (!path.endsWith('package.json') || manifest === undefined) return EXISTS;
  if (hasScript(manifest, script)) return EXISTS;
  return (
    (mayBeProgram ? programWord(manifest, script) : undefined) ??
    absent(`${path} has no script "${script}"`)
  );
}

/** What a manifest says of a program; undefined when it names no dependency at all. */
function programWord(
  manifest: Readonly<Record<string, unknown>>,
  program: string,
): TreeWord | undefined {
  if (declares(manifest, program)) return EXISTS;
  // it may belong to a package of another name: then the manager's own words decide
  return namesPrograms(manifest) ? UNKNOWN : undefined;
}

async function anyPackage(place: Place, { script, scope }: ScriptRequest): Promise<TreeWord> {
  if (place.climb(['package.json']) === undefined) return absent('there is no package.json');
  const paths = [...place.tree.paths].filter(
    (path) => /(^|\/)package\.json$/.test(path) && !/(^|\/)node_modules\//.test(path),
  );
  if (paths.length > MOST_PACKAGES) return EXISTS;
  for (const path of paths) {
    const manifest = jsonFields(await place.text(path));
    if (manifest === undefined || hasScript(manifest, script))
      return scope === 'other' ? UNKNOWN : EXISTS;
  }
  return absent(`no package.json has a script "${script}"`);
}

function hasScript(manifest: Readonly<Record<string, unknown>>, script: string): boolean {
  const scripts = fieldsOf(manifest['scripts']);
  const text = Object.hasOwn(scripts, script) ? scripts[script] : undefined;
  return text !== undefined && !(typeof text === 'string' && PLACEHOLDER.test(text));
}

/** Packages whose program has another name. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  tsc: 'typescript',
  biome: '@biomejs/biome',
  playwright: '@playwright/test',
};

const DEPENDENCIES = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

/** True when the manifest names the package of a program among its dependencies. */
export function declares(manifest: Readonly<Record<string, unknown>>, program: string): boolean {
  const name = PACKAGE_OF[program] ?? program;
  return DEPENDENCIES.some((field) => Object.hasOwn(fieldsOf(manifest[field]), name));
}

/** True when the manifest names programs: of dependencies, or its own. */
function namesPrograms(manifest: Readonly<Record<string, unknown>>): boolean {
  return [...DEPENDENCIES, 'bin'].some(
    (field) => Object.keys(fieldsOf(manifest[field])).length > 0,
  );
}

/** True when a package.json here or above names the package of a program. */
export function isDeclared(place: Place, program: string): Promise<boolean> {
  return someManifest(place, (manifest) => declares(manifest, program));
}

/** True when no manifest here or at the top names any program. */
export async function declaresNothing(place: Place): Promise<boolean> {
  return !(await someManifest(place, namesPrograms));
}

/** True when the nearest package.json or the one at the top is such; one that cannot be read may be. */
async function someManifest(
  place: Place,
  isSuch: (manifest: Readonly<Record<string, unknown>>) => boolean,
): Promise<boolean> {
  for (const path of [place.climb(['package.json']), 'package.json']) {
    if (path === undefined || !place.tree.paths.has(path)) continue;
    const manifest = jsonFields(await place.text(path));
    if (manifest === undefined || isSuch(manifest)) return true;
  }
  return false;
}
