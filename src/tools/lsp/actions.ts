import { z } from 'zod';
import { modelText } from '../../domain/index.js';
import type { ToolOutput } from '../tool.js';
import { diagnose } from './fresh-diagnostics.js';
import { showDiagnostic } from './new-diagnostics.js';
import { uriOf } from './server/open-documents.js';
import {
  callItemsSchema,
  callsSchema,
  completionSchema,
  hoverSchema,
  locationsSchema,
  parseSymbols,
  type CallItem,
  type Position,
} from './server/protocol-shapes.js';
import type { ServerSession } from './server/server-session.js';
import {
  bounded,
  createLineReader,
  nameOf,
  showCalls,
  showLocations,
  showOutline,
  showSymbols,
} from './show-results.js';

/** What can be asked, by the names that a model is told. */
export const ACTION_NAMES = [
  'definition',
  'references',
  'hover',
  'implementation',
  'completion',
  'document_symbols',
  'workspace_symbols',
  'prepare_call_hierarchy',
  'incoming_calls',
  'outgoing_calls',
  'diagnostics',
] as const;

/** See {@link ACTION_NAMES}. */
export type Action = (typeof ACTION_NAMES)[number];

/** Other names of actions, without case and underscores: those of the seed and of other tools. */
const OTHER_NAMES: ReadonlyMap<string, Action> = new Map([
  ['gotodefinition', 'definition'],
  ['findreferences', 'references'],
  ['gotoimplementation', 'implementation'],
  ['implementations', 'implementation'],
  ['complete', 'completion'],
  ['documentsymbol', 'document_symbols'],
  ['workspacesymbol', 'workspace_symbols'],
  ['callhierarchy', 'prepare_call_hierarchy'],
  ['preparecallhierarchy', 'prepare_call_hierarchy'],
  ['callers', 'incoming_calls'],
  ['callees', 'outgoing_calls'],
]);

/** The action that a model means; undefined for none. */
export function actionOf(name: string): Action | undefined {
  const plain = (text: string): string => text.replaceAll(/[_\s-]/g, '').toLowerCase();
  const wanted = plain(name.slice(0, 100));
  return ACTION_NAMES.find((action) => plain(action) === wanted) ?? OTHER_NAMES.get(wanted);
}

/** Those that are about a place in a file. */
export const PLACED_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'definition',
  'references',
  'hover',
  'implementation',
  'completion',
  'prepare_call_hierarchy',
  'incoming_calls',
  'outgoing_calls',
]);

/** A question to an open server. */
export interface Question {
  readonly session: ServerSession;
  /** Absolute; empty for a question about the project. */
  readonly path: string;
  readonly text: string;
  readonly place: Position;
  readonly query: string;
  /** Absolute. */
  readonly root: string;
  /** Absolute folder where paths of the model begin. */
  readonly workdir: string;
  readonly signal: AbortSignal;
  /** False for what may not be shown. */
  readonly isShown: (uri: string) => boolean;
}

const REQUEST_MS = 30_000;
/** A server that has just been started may still be loading the project. */
const LOAD_MS = 20_000;
const MAX_HOVER = 8000;
const MAX_COMPLETIONS = 60;

/** Answers one question. Throws `ServerFault` when the server cannot. */
export async function answerAction(action: Action, question: Question): Promise<ToolOutput> {
  const { session } = question;
  await session.notes.settled(LOAD_MS, session.language.answersEarly === true);
  const text = await ANSWERS[action](question);
  return { text: text === '' ? nothingFound(action) : text, isError: false };
}

function nothingFound(action: Action): string {
  return action === 'diagnostics' ? 'No errors and no warnings.' : `Nothing found (${action}).`;
}

type Answer = (question: Question) => Promise<string>;

const ANSWERS: Readonly<Record<Action, Answer>> = {
  definition: (question) => places('textDocument/definition', question),
  implementation: (question) => places('textDocument/implementation', question),
  references: (question) =>
    places('textDocument/references', question, { context: { includeDeclaration: true } }),
  hover: async (question) => {
    const text = await ask(question, 'textDocument/hover', placed(question), hoverSchema);
    return modelText(text.trim(), MAX_HOVER);
  },
  completion: async (question) => {
    const items = await ask(
      question,
      'textDocument/completion',
      placed(question),
      completionSchema,
    );
    const sorted = items.toSorted((left, right) =>
      (left.sortText ?? left.label) < (right.sortText ?? right.label) ? -1 : 1,
    );
    const lines = sorted
      .slice(0, MAX_COMPLETIONS)
      .map(({ label, detail }) =>
        `${label}${detail === undefined ? '' : ` ${detail}`}`.slice(0, 200),
      );
    return bounded(lines, items.length);
  },
  document_symbols: async (question) => {
    const params = { textDocument: { uri: uriOf(question.path) } };
    const answer = await ask(question, 'textDocument/documentSymbol', params, z.unknown());
    return showOutline(parseSymbols(answer));
  },
  workspace_symbols: async (question) => {
    const { query, workdir, isShown } = question;
    const answer = await ask(question, 'workspace/symbol', { query }, z.unknown());
    const shown = parseSymbols(answer).filter(({ uri }) => uri === undefined || isShown(uri));
    return showSymbols(shown, workdir);
  },
  prepare_call_hierarchy: async (question) =>
    showCalls(await callItems(question), shownWith(question)),
  incoming_calls: (question) => calls('callHierarchy/incomingCalls', question),
  outgoing_calls: (question) => calls('callHierarchy/outgoingCalls', question),
  diagnostics: async ({ session, path, text, workdir, signal }) => {
    const found = await diagnose(session, { path, text }, signal);
    const name = nameOf(uriOf(path), workdir);
    const lines = found
      .toSorted((left, right) => (left.severity ?? 1) - (right.severity ?? 1))
      .map((diagnostic) => showDiagnostic(name, diagnostic));
    return bounded(lines, lines.length);
  },
};

function ask<Schema extends z.ZodType>(
  { session, signal }: Question,
  method: string,
  ...[params, result]: [object, Schema]
): Promise<z.output<Schema>> {
  return session.ask({ method, params, result, timeoutMs: REQUEST_MS, signal });
}

function placed({ path, place }: Question): object {
  return { textDocument: { uri: uriOf(path) }, position: place };
}

function shownWith({ root, workdir }: Question) {
  return { workdir, reader: createLineReader(root) };
}

async function places(method: string, question: Question, more: object = {}): Promise<string> {
  const params = { ...placed(question), ...more };
  const found = await ask(question, method, params, locationsSchema);
  const shown = found.filter(({ uri }) => question.isShown(uri));
  return showLocations(shown, shownWith(question));
}

function callItems(question: Question): Promise<CallItem[]> {
  return ask(question, 'textDocument/prepareCallHierarchy', placed(question), callItemsSchema);
}

async function calls(method: string, question: Question): Promise<string> {
  const found: CallItem[] = [];
  for (const item of (await callItems(question)).slice(0, 5))
    found.push(...(await ask(question, method, { item }, callsSchema)));
  const shown = found.filter(({ uri }) => question.isShown(uri));
  return showCalls(shown, shownWith(question));
}
