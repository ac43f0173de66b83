/** A program that starts another one in a world of its own. */
interface Starter {
  readonly programs: readonly string[];
  /** Word behind the program; empty = none is needed. */
  readonly verbs: readonly string[];
  /** Options that have a word behind them. */
  readonly taking: readonly string[];
  /** Files of which one makes the world. */
  readonly manifests: readonly string[];
  /** False = what it starts may run without any manifest. */
  readonly needsManifest: boolean;
}

const NODE_WORLD = { taking: ['-p', '--package', '-c', '--filter'], manifests: ['package.json'] };
const RUN_TAKING = [
  '--with',
  '--python',
  '-p',
  '--extra',
  '--group',
  '--env-file',
  '--directory',
  '--project',
  '--package',
  '--index',
  '--from',
];

const STARTERS: readonly Starter[] = [
  { programs: ['npx', 'bunx', 'pnpx'], verbs: [], ...NODE_WORLD, needsManifest: true },
  {
    programs: ['npm', 'pnpm', 'yarn', 'bun'],
    verbs: ['exec', 'x', 'dlx'],
    ...NODE_WORLD,
    needsManifest: true,
  },
  { programs: ['uvx'], verbs: [], taking: RUN_TAKING, manifests: [], needsManifest: false },
  {
    programs: ['uv'],
    verbs: ['run'],
    taking: RUN_TAKING,
    manifests: ['pyproject.toml'],
    needsManifest: false,
  },
  {
    programs: ['poetry', 'pdm', 'hatch', 'rye'],
    verbs: ['run'],
    taking: RUN_TAKING,
    manifests: ['pyproject.toml'],
    needsManifest: true,
  },
  { programs: ['pipenv'], verbs: ['run'], taking: [], manifests: ['Pipfile'], needsManifest: true },
  {
    programs: ['bundle'],
    verbs: ['exec'],
    taking: [],
    manifests: ['Gemfile', 'gems.rb'],
    needsManifest: true,
  },
];

/** What a command starts, and what that needs to be there. */
export interface StartedCommand {
  readonly words: readonly string[];
  readonly manifests: readonly string[];
  readonly needsManifest: boolean;
}

/** The command that another one starts, as `eslint .` of `npx eslint .`; null when it starts none. */
export function startedBy(words: readonly string[]): StartedCommand | null {
  const [program = '', ...tail] = words;
  if (/^(?:python(?:3(?:\.\d+)?)?|py)$/.test(program)) return pythonModule(tail);
  const starter = STARTERS.find(({ programs }) => programs.includes(program));
  if (starter === undefined) return null;
  const { verbs, taking, manifests, needsManifest } = starter;
  if (verbs.length > 0 && !verbs.includes(tail[0] ?? '')) return null;
  const rest = withoutOptions(verbs.length > 0 ? tail.slice(1) : tail, taking);
  return rest.length === 0 ? null : { words: rest, manifests, needsManifest };
}

function pythonModule(words: readonly string[]): StartedCommand | null {
  const at = words.indexOf('-m');
  const isModule = at >= 0 && words.slice(0, at).every((word) => word.startsWith('-'));
  const rest = words.slice(at + 1);
  if (!isModule || rest.length === 0) return null;
  return { words: rest, manifests: [], needsManifest: false };
}

function withoutOptions(words: readonly string[], taking: readonly string[]): readonly string[] {
  let at = 0;
  while (words[at]?.startsWith('-') === true) {
    if (words[at] === '--') return words.slice(at + 1);
    at += taking.includes(words[at] ?? '') ? 2 : 1;
  }
  return words.slice(at);
}
