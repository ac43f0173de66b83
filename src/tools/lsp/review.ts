import { join } from 'node:path';
import type { ServedLanguage } from '../../domain/index.js';
import type { ToolContext, WrittenFile } from '../tool.js';
import { diagnose, type DiagnosedText } from './fresh-diagnostics.js';
import { languageOf, type Language } from './server/language-table.js';
import { newErrors, showDiagnostic, type Diagnosed } from './new-diagnostics.js';
import type { ServerPool } from './server/server-pool.js';
import { documentText, MAX_DOCUMENT_BYTES } from './server/read-document.js';
import { ServerFault } from './server/server-fault.js';
import type { ServerSession } from './server/server-session.js';

/** What is said about files that a call changed. */
export interface ReviewSettings {
  readonly pool: ServerPool;
  /** Languages that are left out. */
  readonly off?: readonly ServedLanguage[];
  /** An edit is held up no longer than this. Default: two seconds. */
  readonly waitMs?: number;
}

/** Lines about files that a call has just written; never rejects. */
export type ReviewChanges = (
  context: Pick<ToolContext, 'workspace' | 'signal'>,
  files: readonly WrittenFile[],
) => Promise<readonly string[]>;

const WAIT_MS = 2000;
const MAX_SHOWN = 20;
const MAX_REVIEWED = 20;
/** Files of a server whose findings are kept. */
const MAX_REMEMBERED = 100;
const PENDING = '[diagnostics pending]';

interface Review {
  readonly path: string;
  readonly absolute: string;
  readonly before: string;
  readonly after: string;
  readonly language: Language;
}

/** Texts of which errors were not told in time, by workspace and path: what came since is still new then. */
type Owed = Map<string, string>;
const MAX_OWED = 1000;

/** Errors that an edit brought, of the languages whose servers are there; it costs nothing where none is. */
export function createReview({ pool, off = [], waitMs = WAIT_MS }: ReviewSettings): ReviewChanges {
  const owed: Owed = new Map();
  const queues = new Map<string, Promise<unknown>>();
  return async (context, files) => {
    const reviews = files
      .slice(0, MAX_REVIEWED)
      .flatMap((file) => toReview(context.workspace.root, file));
    const wanted: Review[] = [];
    for (const review of reviews) {
      const isOn = !off.includes(review.language.name);
      if (isOn && (await pool.isPresent(context.workspace, review.language))) wanted.push(review);
    }
    if (wanted.length === 0) return [];
    const key = context.workspace.state;
    const job = reviewer({ pool, owed, key }, wanted, context);
    let isWanted = true;
    const turn = (queues.get(key) ?? Promise.resolve()).then(() =>
      // One that nobody waits for any more is left out: a slow server would be ever further behind.
      isWanted ? job() : undefined,
    );
    queues.set(key, turn);
    void turn.finally(() => {
      if (queues.get(key) === turn) queues.delete(key);
    });
    const told = await inTime(turn, { waitMs, signal: context.signal });
    isWanted = false;
    if (told === undefined) {
      for (const { path, before } of wanted) remember(owed, `${key}\0${path}`, before);
      return [PENDING];
    }
    // Only here: what a job found when nobody waited for it any more was told to nobody.
    for (const [path, base] of told.since) if (owed.get(path) === base) owed.delete(path);
    return told.lines;
  };
}

function toReview(root: string, { path, before, after }: WrittenFile): Review[] {
  const language = languageOf(path);
  if (language === undefined || after === undefined) return [];
  if (after.length > MAX_DOCUMENT_BYTES) return [];
  const now = documentText(after);
  const earlier = before === undefined ? '' : documentText(before);
  if (now === undefined || earlier === undefined) return [];
  return [{ path, absolute: join(root, path), before: earlier, after: now, language }];
}

/** What was owed first stays owed: it is the last text whose errors the model knows. */
function remember(owed: Owed, key: string, before: string): void {
  if (!owed.has(key)) owed.set(key, before);
  const oldest = owed.size > MAX_OWED ? owed.keys().next().value : undefined;
  if (oldest !== undefined) owed.delete(oldest);
}

/** What a review found. */
interface Told {
  readonly lines: readonly string[];
  /** By the keys of what is owed: the text since which all errors are among the lines. */
  readonly since: ReadonlyMap<string, string>;
}

interface Desk {
  readonly pool: ServerPool;
  readonly owed: Owed;
  readonly key: string;
}

/**
 * Never rejects, so that the next in the queue has its turn. It goes on when its call has ended, and with that perhaps its signal: what
 * it finds need not be asked again.
 */
function reviewer(
  { pool, owed, key }: Desk,
  reviews: readonly Review[],
  { workspace }: Pick<ToolContext, 'workspace'>,
): () => Promise<Told | undefined> {
  return async () => {
    const found: string[] = [];
    const since = new Map<string, string>();
    try {
      for (const { path, absolute, before, after, language } of reviews) {
        const answer = await pool.get(workspace, language);
        if (answer.kind !== 'server') continue;
        const { session } = answer;
        await session.refresh();
        const base = owed.get(`${key}\0${path}`) ?? before;
        const old = await known(session, { path: absolute, text: base });
        const now = await known(session, { path: absolute, text: after });
        since.set(`${key}\0${path}`, base);
        found.push(...newErrors(old, now).map((diagnostic) => showDiagnostic(path, diagnostic)));
      }
      return { lines: show(found), since };
    } catch (error) {
      // A server that cannot say anything in time, or ended: what it would have said is owed.
      if (error instanceof ServerFault) return undefined;
      return { lines: [], since: new Map() };
    }
  };
}

/** A new file has no errors before it was there, and needs no server to say so. */
async function known(session: ServerSession, diagnosed: DiagnosedText): Promise<Diagnosed> {
  const { text, path } = diagnosed;
  if (text === '') return { text, diagnostics: [] };
  const memory = session.memory.get(path);
  const epoch = session.epochOf(path);
  if (memory !== undefined && memory.text === text && memory.epoch === epoch) return memory;
  const diagnostics = await diagnose(session, diagnosed);
  session.memory.delete(path);
  session.memory.set(path, { text, diagnostics, epoch });
  const oldest =
    session.memory.size > MAX_REMEMBERED ? session.memory.keys().next().value : undefined;
  if (oldest !== undefined) session.memory.delete(oldest);
  return { text, diagnostics };
}

function show(found: readonly string[]): readonly string[] {
  if (found.length === 0) return [];
  const count = found.length === 1 ? '1 new error' : `${found.length} new errors`;
  const more = found.length > MAX_SHOWN ? [`(${found.length - MAX_SHOWN} more)`] : [];
  return [`[diagnostics] ${count} after this change:`, ...found.slice(0, MAX_SHOWN), ...more];
}

async function inTime<Result>(
  turn: Promise<Result | undefined>,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Result | undefined> {
  let leave: () => void = () => undefined;
  const late = new Promise<undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), waitMs);
    const end = (): void => resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    leave = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    };
  });
  try {
    return await Promise.race([turn, late]);
  } finally {
    leave();
  }
}
