import { PYTHON_MODULES } from './python-modules.js';

/** Folders from which Python imports by bare name. */
const PYTHON_ROOTS = new Set(['', 'src', 'lib', 'python']);
const SCRIPT_OR_PYTHON = /\.(?:[cm]?[jt]sx?|json|pyi?)$/;
const SCRIPT_ENDING = /\.(?:[cm]?[jt]sx?|json)$/;

/**
 * True when an added file is found in the place of a module that exists already: of Python's standard library, of a check
 * tool, or of the project itself. `existing` are the files of the base. Pure.
 */
export function shadowsModule(path: string, existing: ReadonlySet<string>): boolean {
  return shadowsPython(path, existing) || shadowsScript(path, existing);
}

/** An added module that is found where the story removed others. */
export interface TakenPlace {
  readonly path: string;
  readonly removed: readonly string[];
}

/** Added modules that are found where the story removed one: by the name of the old one tests see another file now. Pure. */
export function takenPlaces(
  changes: readonly {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null;
  }[],
): TakenPlace[] {
  const removed = changes.filter(({ after }) => after === null).map(({ path }) => path);
  if (removed.length === 0) return [];
  return changes
    .filter(({ path, before }) => before === null && SCRIPT_OR_PYTHON.test(path))
    .filter(({ path }) => !shadowsModule(path, new Set()))
    .map(({ path }) => ({
      path,
      removed: removed.filter((old) => shadowsModule(path, new Set([old]))),
    }))
    .filter((place) => place.removed.length > 0);
}

/** `calc/__init__.py` beside `calc.py`, `json.py` at the root, `src/calc.py` beside `calc.py`. */
function shadowsPython(path: string, existing: ReadonlySet<string>): boolean {
  if (!path.endsWith('.py') && !path.endsWith('.pyi')) return false;
  for (const { root, name } of pythonNames(path)) {
    const own = root === '' ? name : `${root}/${name}`;
    // a package that exists is imported already
    if (PYTHON_ROOTS.has(root) && PYTHON_MODULES.has(name) && !isPackage(own, existing))
      return true;
    if (path !== `${own}.py` && existing.has(`${own}.py`)) return true;
    const isTopLevel = PYTHON_ROOTS.has(root);
    const elsewhere = [...PYTHON_ROOTS]
      .filter((other) => other !== root)
      .map((other) => (other === '' ? name : `${other}/${name}`));
    if (isTopLevel && elsewhere.some((other) => isPythonModule(other, existing))) return true;
  }
  return false;
}

/** Module names under which a file can be found: its own, and the packages that it lies in. */
function pythonNames(path: string): { readonly root: string; readonly name: string }[] {
  const parts = path.replace(/(\/__init__)?\.pyi?$/, '').split('/');
  return parts.map((name, index) => ({ root: parts.slice(0, index).join('/'), name }));
}

function isPackage(folder: string, existing: ReadonlySet<string>): boolean {
  for (const path of existing) if (path.startsWith(`${folder}/`)) return true;
  return false;
}

function isPythonModule(place: string, existing: ReadonlySet<string>): boolean {
  return existing.has(`${place}.py`) || existing.has(`${place}/__init__.py`);
}

/** `add.js` beside `add.ts`, `add/index.js` beside `add.js`, `add.json` beside `add/index.js`, `add` beside `add.js`. */
function shadowsScript(path: string, existing: ReadonlySet<string>): boolean {
  if (path.endsWith('.d.ts')) return false;
  if (!SCRIPT_ENDING.test(path))
    return !path.slice(path.lastIndexOf('/')).includes('.') && names(path, path, existing);
  const stem = path.replace(SCRIPT_ENDING, '').replace(/\/index$/, '');
  return names(path, stem, existing);
}

/** True when `stem` is how another file of the base is asked for. */
function names(path: string, stem: string, existing: ReadonlySet<string>): boolean {
  return SCRIPT_ENDINGS.some((ending) =>
    [`${stem}${ending}`, `${stem}/index${ending}`].some(
      (other) => other !== path && existing.has(other),
    ),
  );
}

const SCRIPT_ENDINGS: readonly string[] = [
  '.js',
  '.mjs',
  '.cjs',
  '.jsx',
  '.ts',
  '.mts',
  '.cts',
  '.tsx',
  '.json',
];
