import { join, relative } from 'node:path';
import { z } from 'zod';
import { pathTest } from '../../domain/index.js';
import { isWithin, resolveInside } from '../../platform/index.js';
import { toJsonSchema } from '../tool-schema.js';
import { defineTool, toolError, type AnyTool, type ToolContext, type ToolOutput } from '../tool.js';
import { answerAction, ACTION_NAMES, actionOf, PLACED_ACTIONS, type Action } from './actions.js';
import { LANGUAGES, languageOf, type Language } from './server/language-table.js';
import { readDocument } from './server/read-document.js';
import type { ServerPool } from './server/server-pool.js';
import { ServerFault } from './server/server-fault.js';
import type { ServerSession } from './server/server-session.js';
import { pathOf } from './show-results.js';
import { placeIn } from './text-position.js';

/** Of one call, with the start of a server. */
const TIMEOUT_MS = 90_000;

const place = {
  path: z.string().optional(),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional().describe('from 1; or give symbol'),
  symbol: z.string().max(300).optional().describe('the name in that line'),
  query: z.string().max(300).optional().describe('for workspace_symbols'),
};

const parameters = z.object({ action: z.string().min(1), ...place });
const told = z.object({ action: z.enum(ACTION_NAMES), ...place });

/** Input of the tool. */
type LspInput = z.infer<typeof parameters>;

/** Asks language servers; changes nothing. */
export function createLspTool(pool: ServerPool): AnyTool {
  return defineTool({
    name: 'lsp',
    aliases: ['language_server', 'code_intelligence'],
    description:
      'Ask a language server: definition, references, hover (type and documentation), implementation, completion, symbols of a file or the project, callers and callees, errors of a file. TypeScript, JavaScript, Python, Go, Rust, C, C++. To rename a symbol: lsp_rename.',
    parameters,
    inputSchema: toJsonSchema(told),
    isDeferred: true,
    execution: 'activity',
    access: 'read',
    title: ({ action, path, query }) => `lsp: ${action} ${path ?? query ?? ''}`.trim(),
    timeoutMs: () => TIMEOUT_MS,
    subjects: ({ path }) => [path ?? '.'],
    execute: (input, context) => ask(pool, input, context),
  });
}

async function ask(pool: ServerPool, input: LspInput, context: ToolContext): Promise<ToolOutput> {
  const action = actionOf(input.action);
  if (action === undefined) return toolError(unknownAction(input));
  const target = await openTarget(pool, input, { context, action });
  if (typeof target === 'string') return toolError(target);
  const { session, path, text } = target;
  try {
    const place = placeOf(input, { action, path, text });
    if (typeof place === 'string') return toolError(place);
    return await answerAction(action, {
      session,
      path,
      text,
      place,
      query: input.query ?? '',
      root: context.workspace.root,
      workdir: join(context.workspace.root, context.workspace.workdir),
      signal: context.signal,
      isShown: shownBy(context),
    });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ServerFault) return toolError(error.message);
    throw error;
  }
}

/** False for files of the workspace that rules of people forbid to read. */
function shownBy({ hiddenGlobs = [], workspace: { root } }: ToolContext): (uri: string) => boolean {
  const tests = hiddenGlobs.map(pathTest);
  return (uri) => {
    const path = pathOf(uri);
    if (path === undefined || !isWithin(root, path)) return true;
    const inside = relative(root, path);
    return !tests.some((isHidden) => isHidden(inside));
  };
}

function unknownAction({ action }: LspInput): string {
  if (/rename/i.test(action))
    return 'lsp only reads. Call lsp_rename with path, line, symbol (or column) and new_name.';
  return `There is no action "${action.slice(0, 60)}". Actions: ${ACTION_NAMES.join(', ')}.`;
}

function placeOf(
  input: LspInput,
  { action, path, text }: { readonly action: Action; readonly path: string; readonly text: string },
) {
  if (!PLACED_ACTIONS.has(action)) return { line: 0, character: 0 };
  if (input.line === undefined) return `${action} needs line (from 1), and column or symbol.`;
  return placeIn(input.path ?? path, text, { ...input, line: input.line });
}

/** A server that is up to date with the disk, and the file that a call is about. */
export interface OpenTarget {
  readonly session: ServerSession;
  /** Absolute; empty for a question about the whole project. */
  readonly path: string;
  readonly text: string;
}

/** The file of a call, opened in its server, or a sentence for the model about why there is none. */
export async function openTarget(
  pool: ServerPool,
  { path }: Pick<LspInput, 'path'>,
  { context, action }: { readonly context: ToolContext; readonly action: Action | 'rename' },
): Promise<OpenTarget | string> {
  const { workspace } = context;
  if (workspace.isView === true)
    return 'Language servers are not available in a folder that is only shown. Use grep and read_file.';
  const isOfProject = action === 'workspace_symbols';
  if (path === undefined || path === '') {
    if (!isOfProject) return `${action} needs path.`;
    return openProject(pool, context);
  }
  const answer = await resolveInside(workspace, path, 'read');
  if (!answer.isInside) return answer.reason;
  const language = languageOf(path);
  if (language === undefined) return noLanguage(path);
  const text = await readDocument(workspace.root, answer.path.absolute);
  if (text === undefined) return `${path}: no text file of at most 4 MiB lies there.`;
  const session = await openServer(pool, language, context);
  if (typeof session === 'string') return session;
  session.tell(answer.path.absolute, text);
  return { session, path: answer.path.absolute, text };
}

/** A question about the project goes to the first server that is there. */
async function openProject(pool: ServerPool, context: ToolContext): Promise<OpenTarget | string> {
  for (const language of LANGUAGES) {
    if (!(await pool.isPresent(context.workspace, language))) continue;
    const session = await openServer(pool, language, context);
    if (typeof session !== 'string') return { session, path: '', text: '' };
  }
  return `No language server is there. Give path, a file of the language, to hear what brings one.`;
}

async function openServer(
  pool: ServerPool,
  language: Language,
  { workspace }: ToolContext,
): Promise<ServerSession | string> {
  const answer = await pool.get(workspace, language);
  if (answer.kind === 'absent')
    return `There is no language server for ${language.title} here. This brings one: ${language.install}. Until then use grep and read_file.`;
  if (answer.kind === 'broken') return `${answer.reason} Use grep and read_file.`;
  await answer.session.refresh();
  return answer.session;
}

function noLanguage(path: string): string {
  const known = LANGUAGES.map(({ title }) => title).join(', ');
  return `${path}: no language server is known for it. Known: ${known}.`;
}
