import {
  findExecutable,
  minimalEnvironment,
  runProcess,
  type OutputWindow,
} from '../../platform/index.js';
import { toolError, type ToolContext, type ToolOutput } from '../tool.js';

const SEARCH_TIMEOUT_MS = 20_000;

/** Options that hold for every search: hidden files yes, ignore files of the workspace only. */
const COMMON = [
  '--no-config',
  '--color=never',
  '--hidden',
  '--no-require-git',
  '--no-ignore-global',
  '--no-ignore-parent',
];

let program: Promise<string | undefined> | undefined;

/** One search. */
export interface Search {
  readonly options: readonly string[];
  /** File or folder, relative to the workspace's root or absolute. */
  readonly path: string;
  /** Output kept at most. */
  readonly maxBytes: number;
}

/** What ripgrep answered: its output, or a result that tells the model what went wrong. */
export type SearchAnswer =
  | { readonly kind: 'found'; readonly output: OutputWindow }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly result: ToolOutput };

/**
 * Runs ripgrep in the workspace's root. It reads only and follows no links, so it needs no sandbox; patterns and paths
 * are passed so that they cannot become options.
 */
export async function searchWorkspace(context: ToolContext, search: Search): Promise<SearchAnswer> {
  program ??= locateRipgrep();
  const command = await program;
  if (command === undefined) {
    return {
      kind: 'failed',
      result: toolError(
        'Search is not available: ripgrep is not installed on this machine. Use grep or find with bash.',
      ),
    };
  }
  const result = await runProcess({
    isRaw: true,
    command,
    // The exclusion comes last, because the last matching glob decides.
    args: [
      ...COMMON,
      '--ignore-file=.gitignore',
      '--no-messages',
      ...search.options,
      ...(context.hiddenGlobs ?? []).flatMap((glob) => [`--glob=!${glob}`]),
      '--glob=!.git',
      '--',
      search.path,
    ],
    cwd: context.workspace.root,
    env: minimalEnvironment(),
    timeoutMs: SEARCH_TIMEOUT_MS,
    signal: context.signal,
    maxOutputBytes: search.maxBytes,
  });
  context.signal.throwIfAborted();
  if (result.outcome === 'timed-out') {
    return {
      kind: 'failed',
      result: toolError('The search took longer than 20 s. Narrow the path or the pattern.'),
    };
  }
  if (
    result.exitCode === 0 ||
    (result.exitCode === 2 && result.output.totalBytes > 0 && !result.output.head.startsWith('rg:'))
  ) {
    return { kind: 'found', output: result.output };
  }
  if (result.exitCode === 1 || result.output.totalBytes === 0) return { kind: 'nothing' };
  return { kind: 'failed', result: toolError(result.output.head.slice(0, 1000).trim()) };
}

/** The binary that npm installed for this platform, else one on PATH. */
async function locateRipgrep(): Promise<string | undefined> {
  try {
    // Imported late: the package throws on platforms it has no binary for.
    return (await import('@vscode/ripgrep')).rgPath;
  } catch {
    return findExecutable('rg');
  }
}
