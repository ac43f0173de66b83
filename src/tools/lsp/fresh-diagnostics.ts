import { z } from 'zod';
import type { Diagnostic } from './server/protocol-shapes.js';
import { diagnosticsSchema } from './server/protocol-shapes.js';
import type { Publication } from './server/server-notes.js';
import type { OpenDocument } from './server/open-documents.js';
import { ServerFault } from './server/server-fault.js';
import type { ServerSession } from './server/server-session.js';

/** A text about which a server is asked. */
export interface DiagnosedText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Command of typescript-language-server that hands a request to tsserver, which answers requests in order. */
const TSSERVER = 'typescript.tsserverRequest';
const PULL = 'textDocument/diagnostic';
/** For everything that is waited for about one text. */
const ANSWER_MS = 30_000;
/** Publications of one version come in parts: the last one counts, when nothing followed it for so long. */
const QUIET_MS = 150;

const pulledSchema = z.object({ kind: z.literal('full'), items: diagnosticsSchema });

const tsPlaceSchema = z.object({ line: z.int().min(1), offset: z.int().min(1) });
const tsAnswerSchema = z.object({
  body: z
    .array(
      z.object({
        start: tsPlaceSchema,
        end: tsPlaceSchema,
        text: z.string().transform((text) => text.slice(0, 20_000)),
        code: z.number().optional(),
        category: z.string(),
      }),
    )
    .max(20_000)
    .default([]),
});

/**
 * What a server says about exactly this text. Never about an earlier one: by a request that is answered behind the change where a
 * server takes one; else by a publication that names the version, where the server is known for naming it truly; else by a mark behind
 * the text that only this version has. Throws {@link ServerFault} when there is no answer in time, and the reason of
 * `signal`.
 */
export async function diagnose(
  session: ServerSession,
  diagnosed: DiagnosedText,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  signal?.throwIfAborted();
  const { offered } = session.notes;
  if (offered.has(TSSERVER)) return askTypescript(session, diagnosed, signal);
  if (offered.has(PULL)) return pull(session, diagnosed, signal);
  return session.language.namesVersions === true
    ? awaitVersion(session, diagnosed, signal)
    : awaitMark(session, diagnosed, signal);
}

async function askTypescript(
  session: ServerSession,
  { path, text }: DiagnosedText,
  signal?: AbortSignal,
): Promise<Diagnostic[]> {
  const document = session.tell(path, text);
  const answers = await Promise.all(
    ['syntacticDiagnosticsSync', 'semanticDiagnosticsSync'].map((command) =>
      session.ask({
        method: 'workspace/executeCommand',
        params: { command: TSSERVER, arguments: [command, { file: path }] },
        result: tsAnswerSchema,
        timeoutMs: ANSWER_MS,
        signal,
      }),
    ),
  );
  stillTold(session, document);
  return answers.flatMap(({ body }) =>
    body.map(({ start, end, text: message, code, category }) => ({
      range: { start: fromTypescript(start), end: fromTypescript(end) },
      message,
      severity: category === 'error' ? 1 : 2,
      code,
      source: 'ts',
    })),
  );
}

function fromTypescript({ line, offset }: z.infer<typeof tsPlaceSchema>) {
  return { line: line - 1, character: offset - 1 };
}

async function pull(
  session: ServerSession,
  { path, text }: DiagnosedText,
  signal?: AbortSignal,
): Promise<Diagnostic[]> {
  const document = session.tell(path, text);
  const { items } = await session.ask({
    method: PULL,
    params: { textDocument: { uri: document.uri } },
    result: pulledSchema,
    timeoutMs: ANSWER_MS,
    signal,
  });
  stillTold(session, document);
  return items;
}

/** An answer that came while another text was told may be about either. */
function stillTold(session: ServerSession, { path, version }: OpenDocument): void {
  if (session.documents.get(path)?.version !== version)
    throw new ServerFault('The file changed meanwhile.');
}

function awaitVersion(session: ServerSession, { path, text }: DiagnosedText, signal?: AbortSignal) {
  return awaitPublication(session, {
    signal,
    tell: () => session.tell(path, text, true),
    isWanted: ({ version }, told) => version === told.version,
    read: ({ diagnostics }) => diagnostics,
  });
}

let marks = 0;
/** Lines of the mark: a text has some hundreds of its own behind its last full thousand, so that no two of them meet. */
const BLOCK = 1000;

/**
 * The text with an error far behind its end, at a line that no earlier try had: a publication that knows the error is about this text and
 * no other, whatever version it names and however late others come. What the error itself hides is not found.
 */
async function awaitMark(
  session: ServerSession,
  { path, text }: DiagnosedText,
  signal?: AbortSignal,
) {
  marks = (marks + 1) % BLOCK;
  const lines = text.split('\n').length;
  const markLine = Math.ceil(lines / BLOCK) * BLOCK + marks;
  const marked = `${text}${'\n'.repeat(markLine - lines + 1)})]}> codetether_mark ((\n`;
  try {
    return await awaitPublication(session, {
      signal,
      tell: () => session.tell(path, marked, true),
      isWanted: ({ diagnostics }) =>
        diagnostics.some(({ range }) => range.start.line === markLine) &&
        diagnostics.every(({ range }) => range.start.line <= markLine + 1),
      read: ({ diagnostics }) => diagnostics.filter(({ range }) => range.end.line < lines),
    });
  } finally {
    session.tell(path, text);
  }
}

interface Awaited {
  /** Tells the text; what is published before that cannot be about it. */
  readonly tell: () => OpenDocument;
  readonly isWanted: (publication: Publication, told: OpenDocument) => boolean;
  readonly read: (publication: Publication) => readonly Diagnostic[];
  readonly signal: AbortSignal | undefined;
}

async function awaitPublication(
  session: ServerSession,
  { tell, isWanted, read, signal }: Awaited,
): Promise<readonly Diagnostic[]> {
  const end = performance.now() + ANSWER_MS;
  let told: OpenDocument | undefined;
  let last: Publication | undefined;
  let hear: () => void = () => undefined;
  const onAbort = (): void => hear();
  signal?.addEventListener('abort', onAbort, { once: true });
  const live = session.onDeath(() => hear());
  const leave = session.notes.onPublication((publication) => {
    if (told === undefined || publication.uri !== told.uri || !isWanted(publication, told)) return;
    last = publication;
    hear();
  });
  const within = async (ms: number): Promise<void> => {
    const heard = waitFor(ms);
    hear = heard.goOn;
    await heard.over;
    signal?.throwIfAborted();
  };
  try {
    told = tell();
    // It may have come, or ended, while it was told.
    if (last === undefined && session.death === undefined) await within(ANSWER_MS);
    if (last === undefined) throw new ServerFault(`${session.title} published nothing.`);
    let seen: Publication | undefined;
    while (seen !== last) {
      if (performance.now() >= end)
        throw new ServerFault(`${session.title} published findings without end.`);
      seen = last;
      await within(QUIET_MS);
    }
    stillTold(session, told);
    return read(last);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    leave();
    live();
  }
}

interface Wait {
  /** Resolves when it is told to go on, or after its time. */
  readonly over: Promise<void>;
  readonly goOn: () => void;
}

function waitFor(ms: number): Wait {
  let goOn: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    goOn = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, goOn };
}
