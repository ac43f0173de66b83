import { join } from 'node:path';
import { z } from 'zod';
import { modelText, visibleLine } from '../../domain/index.js';
import { readDocument } from '../lsp/server/read-document.js';
import { searchWorkspace } from '../search/ripgrep.js';
import { fromWorkdir, resolveSearchPath, shownPaths } from '../search/search-path.js';
import { defineTool, toolError, type AnyTool, type ToolContext, type ToolOutput } from '../tool.js';
import type { CodeHit } from './code-index.js';
import { IndexStore, MAX_FILES } from './index-store.js';
import { questionWords } from './words.js';

const DEFAULT_RESULTS = 8;
const MAX_RESULTS = 20;
const SNIPPET_LINES = 8;
const MAX_LINE = 200;
const MAX_CHARACTERS = 24 * 1024;
const MAX_LISTING_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 180_000;

const parameters = z.object({
  query: z.string().min(1).max(2000).describe('in plain words: what the code does'),
  path: z.string().optional().describe('only below this folder'),
  limit: z.int().min(1).max(MAX_RESULTS).optional(),
});

/** Finds code by what it does, where nobody knows how it is called. */
export function createCodesearchTool(store = new IndexStore()): AnyTool {
  return defineTool({
    name: 'codesearch',
    aliases: ['code_search', 'search_code', 'semantic_search'],
    description:
      'Find functions, methods, classes and types by a question in plain words ("where are retries delayed"), when the exact words of grep are not known. Path, lines and first lines of the best.',
    parameters,
    isDeferred: true,
    execution: 'activity',
    access: 'read',
    title: ({ query }) => `codesearch: ${query}`,
    subjects: ({ path }) => [path ?? '.'],
    timeoutMs: () => TIMEOUT_MS,
    execute: (input, context) => search(store, input, context),
  });
}

async function search(
  store: IndexStore,
  { query, path, limit = DEFAULT_RESULTS }: z.infer<typeof parameters>,
  context: ToolContext,
): Promise<ToolOutput> {
  const { workspace, signal } = context;
  if (workspace.isView === true)
    return toolError('codesearch is not available in a folder that is only shown. Use grep.');
  const start = await resolveSearchPath(context, path);
  if (!start.isUsable) return toolError(start.reason);
  const listed = await searchWorkspace(context, {
    options: ['--files', '--null', '--sort=path'],
    path: '.',
    maxBytes: MAX_LISTING_BYTES,
  });
  if (listed.kind === 'failed') return listed.result;
  const listing = listed.kind === 'nothing' ? '' : listed.output.head;
  const names = listing
    .split('\0')
    .flatMap((name) => (name === '' ? [] : [name.replace(/^\.\//, '')]));
  const paths = await shownPaths(context, names);
  context.heartbeat({ files: paths.length });
  const { index, files } = await store.refresh(workspace, paths, signal);
  const below = start.path === '.' ? '' : `${start.path}/`;
  const hits = index
    .find(questionWords(query), below === '' ? limit : 1000)
    .filter((hit) => hit.path.startsWith(below) || hit.path === start.path)
    .slice(0, limit);
  if (hits.length === 0)
    return {
      text: `Nothing in ${files} files has words of this question. Use other words, or grep.`,
      isError: false,
    };
  const shown: string[] = [];
  for (const hit of hits) shown.push(await show(hit, context));
  const note = files >= MAX_FILES ? [`(only the first ${MAX_FILES} files were looked at)`] : [];
  return { text: modelText([...shown, ...note].join('\n\n'), MAX_CHARACTERS), isError: false };
}

async function show(
  { path, symbol, kind, firstLine, lastLine }: CodeHit,
  context: ToolContext,
): Promise<string> {
  const { root } = context.workspace;
  const text = (await readDocument(root, join(root, path))) ?? '';
  const lines = text
    .split('\n')
    .slice(firstLine - 1, Math.min(lastLine, firstLine - 1 + SNIPPET_LINES));
  const head = `${fromWorkdir(context, path)}:${firstLine}-${lastLine} ${kind} ${visibleLine(symbol)}`;
  return [head, ...lines.map((line) => `  ${visibleLine(line).slice(0, MAX_LINE)}`)].join('\n');
}
