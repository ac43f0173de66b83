import { CHECK_ORDER, fieldsOf } from '../../domain/index.js';
import { findExecutable } from '../../platform/index.js';
import { detectSetup } from './detect-setup.js';
import { nodeRunner, readManifest, type ProjectFolder } from './project-folder.js';

/** A check that the files of a folder suggest. */
export interface DetectedCheck {
  readonly name: string;
  readonly command: string;
}

/** What npm writes into a new package.json. */
const NO_TEST = /no test specified/;

/**
 * Checks that a folder's own files suggest: scripts of package.json, configured Python tools, Cargo, Go; then targets of a
 * Makefile or justfile for what is still missing. Known names first, each once.
 */
export async function detectChecks(project: ProjectFolder): Promise<DetectedCheck[]> {
  const found = new Map<string, string>();
  const add = ({ name, command }: DetectedCheck): void => {
    const free = !found.has(name) ? name : `${name}-${command.split(/[\s/]/)[0] ?? ''}`;
    if (!found.has(free)) found.set(free, command);
  };
  for (const check of await nodeChecks(project)) add(check);
  for (const check of await pythonChecks(project)) add(check);
  for (const check of rustChecks(project)) add(check);
  for (const check of goChecks(project)) add(check);
  for (const check of await recipeChecks(project)) {
    const isCovered = check.name === 'check' && (found.has('test') || found.has('lint'));
    if (!found.has(check.name) && !isCovered) add(check);
  }
  const rank = (name: string): number => {
    const known = CHECK_ORDER.indexOf(name);
    return known < 0 ? CHECK_ORDER.length : known;
  };
  return [...found]
    .map(([name, command]) => ({ name, command }))
    .sort((left, right) => rank(left.name) - rank(right.name));
}

async function nodeChecks(project: ProjectFolder): Promise<DetectedCheck[]> {
  const manifest = await readManifest(project);
  const scripts = fieldsOf(manifest?.['scripts']);
  const runner = nodeRunner(project, manifest) ?? 'npm';
  return [
    ['typecheck', 'typecheck'],
    ['typecheck', 'type-check'],
    ['lint', 'lint'],
    ['test', 'test'],
    ['build', 'build'],
  ]
    .flatMap(([name = '', script = '']) => {
      const text = scripts[script];
      if (typeof text !== 'string' || text.trim() === '' || NO_TEST.test(text)) return [];
      return [{ name, command: script === 'test' ? `${runner} test` : `${runner} run ${script}` }];
    })
    .map((check) => (check.command === 'bun test' ? { ...check, command: 'bun run test' } : check));
}

async function pythonChecks(project: ProjectFolder): Promise<DetectedCheck[]> {
  const { names, below } = project;
  const hasTests = below.some((path) => /(^|\/)(test_[^/]+|[^/]+_test|conftest)\.py$/.test(path));
  const texts: string[] = [];
  for (const name of [...names].filter(isPythonFile)) texts.push((await project.read(name)) ?? '');
  if (texts.length === 0 && !hasTests) return [];
  const all = texts.join('\n');
  const hasOwnEnvironment = (await detectSetup(project)).steps.some(({ command }) =>
    /^(uv|poetry|python3) /.test(command),
  );
  const checks: DetectedCheck[] = [];
  for (const tool of PYTHON_TOOLS) {
    const isWanted = isConfigured(tool, names, all) || (tool.name === 'test' && hasTests);
    if (isWanted && isInstalled(tool.tool, all, hasOwnEnvironment))
      checks.push({ name: tool.name, command: tool.command });
  }
  const hasRunner = checks.some((check) => check.name === 'test');
  return hasTests && !hasRunner ? [...checks, UNITTEST] : checks;
}

const PYTHON_FILES = /^(pyproject\.toml|setup\.(cfg|py)|tox\.ini|uv\.lock|poetry\.lock)$/;

function isPythonFile(name: string): boolean {
  return PYTHON_FILES.test(name) || (name.endsWith('.txt') && name.includes('requirements'));
}

const PYTHON_TOOLS = [
  { tool: 'mypy', files: ['mypy.ini', '.mypy.ini'], name: 'typecheck', command: 'mypy .' },
  { tool: 'ruff', files: ['ruff.toml', '.ruff.toml'], name: 'lint', command: 'ruff check .' },
  { tool: 'pytest', files: ['pytest.ini'], name: 'test', command: 'python3 -m pytest' },
] as const;
const UNITTEST: DetectedCheck = { name: 'test', command: 'python3 -m unittest discover' };

function isConfigured(
  { tool, files }: (typeof PYTHON_TOOLS)[number],
  names: ReadonlySet<string>,
  texts: string,
): boolean {
  return (
    files.some((file) => names.has(file)) ||
    texts.includes(`[tool.${tool}`) ||
    texts.includes(`[${tool}`)
  );
}

/**
 * A tool that is configured but that nobody installs would make every base red. pytest has to lie beside what it imports,
 * so the host's counts only where no set-up makes an environment of its own.
 */
function isInstalled(tool: string, texts: string, hasOwnEnvironment: boolean): boolean {
  const named = new RegExp(`(^|["'\\s=])${tool}([\\[<>=~!;"',\\s]|$)`, 'm');
  if (named.test(withoutToolTables(texts))) return true;
  return !(tool === 'pytest' && hasOwnEnvironment) && findExecutable(tool) !== undefined;
}

/** Headers of a tool's own tables do not say that it is installed. */
function withoutToolTables(texts: string): string {
  return texts
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('[tool.'))
    .join('\n');
}

function rustChecks({ names }: ProjectFolder): DetectedCheck[] {
  if (!names.has('Cargo.toml')) return [];
  const lint = { name: 'lint', command: 'cargo clippy --all-targets -- -D warnings' };
  return [
    { name: 'typecheck', command: 'cargo check --all-targets' },
    ...(names.has('clippy.toml') || names.has('.clippy.toml') ? [lint] : []),
    { name: 'test', command: 'cargo test' },
  ];
}

function goChecks({ names }: ProjectFolder): DetectedCheck[] {
  if (!names.has('go.mod')) return [];
  return [
    { name: 'lint', command: 'go vet ./...' },
    { name: 'test', command: 'go test ./...' },
  ];
}

/** Targets named test, lint or check; `just` only where it is installed. */
async function recipeChecks(project: ProjectFolder): Promise<DetectedCheck[]> {
  const checks: DetectedCheck[] = [];
  for (const [runner, files] of [
    ['make', ['GNUmakefile', 'makefile', 'Makefile']],
    ['just', ['justfile', '.justfile', 'Justfile']],
  ] as const) {
    const file = files.find((name) => project.names.has(name));
    if (file === undefined || findExecutable(runner) === undefined) continue;
    const text = (await project.read(file)) ?? '';
    for (const name of ['typecheck', 'lint', 'test', 'check']) {
      if (new RegExp(`^@?${name}\\b[^=\\n]*:(?!=)`, 'm').test(text))
        checks.push({ name, command: `${runner} ${name}` });
    }
  }
  return checks;
}
