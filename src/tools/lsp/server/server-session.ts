import { setTimeout as delay } from 'node:timers/promises';
import {
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import { visibleLine } from '../../../domain/index.js';
import type { LiveProcess } from '../../../platform/index.js';
import { languageId, type Language } from './language-table.js';
import { BadFrameError, BoundedMessageReader } from './message-reader.js';
import { OpenDocuments, uriOf, type OpenDocument } from './open-documents.js';
import type { Diagnostic } from './protocol-shapes.js';
import { readDocument } from './read-document.js';
import { ServerFault } from './server-fault.js';
import { ServerNotes } from './server-notes.js';
import { eventsBetween, markFiles, type FileMarks } from './watched-files.js';

/** One question to a server. */
export interface ServerRequest<Schema extends z.ZodType> {
  readonly method: string;
  readonly params: object;
  /** What an answer has to be; anything else is a fault of the server. */
  readonly result: Schema;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A program that was started, and what it is to know. */
export interface SessionFacts {
  readonly program: LiveProcess;
  readonly language: Language;
  /** Name of the program, for messages. */
  readonly title: string;
  /** Absolute. */
  readonly root: string;
  readonly memoryBytes: number;
}

/** What a server said about a text. */
export interface FileMemory {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly epoch: number;
}

/** What a server that does not read may leave in the pipe. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
const SHUTDOWN_MS = 1000;
const UNWRITABLE = /EPIPE|ECONNRESET|destroyed|write after end/i;
/** The end of a program is known so long after its pipe broke, at most. */
const END_PATIENCE_MS = 1000;
/** Answers that mean "the text changed while I was at it": worth asking again. */
const ASK_AGAIN = new Set([-32801, -32802]);
const METHOD_NOT_FOUND = -32601;
const TRIES = 3;

/** A running server: requests with a time limit, texts in step with the disk, and everything that it says bounded. */
export class ServerSession {
  readonly language: Language;
  readonly title: string;
  readonly root: string;
  readonly documents: OpenDocuments;
  readonly notes = new ServerNotes();
  /** What was found out about a file last, and how much of the rest had changed by then. */
  readonly memory = new Map<string, FileMemory>();
  private readonly program: LiveProcess;
  private readonly connection: MessageConnection;
  private readonly reader: BoundedMessageReader;
  private readonly deaths = new Set<(fault: ServerFault) => void>();
  private marks: FileMarks = new Map();
  private readonly changes = new Map<string, number>();
  private changed = 0;
  private fault: ServerFault | undefined;
  private refreshing: Promise<void> = Promise.resolve();

  constructor({ program, language, title, root, memoryBytes }: SessionFacts) {
    this.program = program;
    this.language = language;
    this.title = title;
    this.root = root;
    this.reader = new BoundedMessageReader(program.stdout);
    this.connection = createMessageConnection(this.reader, new StreamMessageWriter(program.stdin));
    this.documents = new OpenDocuments((method, params) => this.notify(method, params));
    this.connection.onError(([error]) => void this.dieOf(error));
    this.notes.listen(this.connection, language);
    this.connection.listen();
    void program.ended.then(({ exitCode, killedBy, isTooLarge }) => {
      const mib = Math.round(memoryBytes / 1024 / 1024);
      this.die(
        isTooLarge
          ? `it used more than ${mib} MiB of memory`
          : `it ended by itself (${exitCode === null ? (killedBy ?? 'a signal') : `exit code ${exitCode}`})`,
      );
    });
  }

  /** Who cannot write to a program mostly hears of its end a moment later, and that says more. */
  private async dieOf(error: Error): Promise<void> {
    await this.endBehind(error);
    this.die(wordsOf(error));
  }

  private async endBehind(error: unknown): Promise<void> {
    if (!(error instanceof Error && UNWRITABLE.test(error.message))) return;
    await Promise.race([this.program.ended, delay(END_PATIENCE_MS, undefined, { ref: false })]);
  }

  /** Why it is of no use any more; undefined while it is of use. */
  get death(): string | undefined {
    return this.fault?.message;
  }

  /** How often any other file changed: what was found out about this one before counts no more. */
  epochOf(path: string): number {
    return this.changed - (this.changes.get(path) ?? 0);
  }

  /** Calls `tell` when it is of no use any more, until the answer is called. */
  onDeath(tell: () => void): () => void {
    this.deaths.add(tell);
    if (this.fault !== undefined) tell();
    return () => this.deaths.delete(tell);
  }

  /** Remembers the files as they are, before the server looks at them. */
  async beginWatching(): Promise<void> {
    this.marks = await markFiles(this.root, this.language);
  }

  /** Asks, and reads the answer. Throws {@link ServerFault}: nobody ever waits longer than the time limit. */
  async ask<Schema extends z.ZodType>(request: ServerRequest<Schema>): Promise<z.output<Schema>> {
    const end = performance.now() + request.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.send(request, Math.max(1, end - performance.now()));
        const parsed = request.result.safeParse(answer);
        if (parsed.success) return parsed.data;
        throw new ServerFault(`${this.title} gave an answer to ${request.method} that is none.`);
      } catch (error) {
        const isWorthIt = error instanceof ResponseError && ASK_AGAIN.has(error.code);
        if (isWorthIt && attempt < TRIES && performance.now() < end) continue;
        await this.endBehind(error);
        throw this.explain(error, request.method);
      }
    }
  }

  notify(method: string, params: object): void {
    if (this.fault !== undefined) return;
    this.connection.sendNotification(method, params).catch(() => undefined);
    if (this.program.stdin.writableLength > MAX_UNREAD_BYTES) this.die('it does not read');
  }

  /** The document as `text`; told only when the server knows another one. */
  tell(path: string, text: string, isAnew = false): OpenDocument {
    const told = { text, languageId: languageId(this.language, path) };
    return this.documents.tell(path, told, isAnew);
  }

  /**
   * Brings the server up to date with the disk: what other tools changed, made or removed since the last time. Those who ask at the
   * same time share one look after the other.
   */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing.then(() => this.look()).catch(() => undefined);
    return this.refreshing;
  }

  /** Ends it the way the protocol asks for, and then in any case. */
  async stop(): Promise<void> {
    if (this.fault === undefined) {
      const asked = this.connection.sendRequest('shutdown').then(
        () => this.notify('exit', {}),
        () => undefined,
      );
      await Promise.race([asked, afterMs(SHUTDOWN_MS)]);
    }
    this.die('it was stopped');
    await this.program.ended;
  }

  /** Ends it at once; everybody who waits for it hears `reason`. */
  die(reason: string): void {
    if (this.fault !== undefined) return;
    this.fault = new ServerFault(`${this.title} is of no use here: ${reason}.`);
    this.program.kill();
    this.connection.dispose();
    this.reader.dispose();
    for (const tell of this.deaths) tell(this.fault);
    this.deaths.clear();
    this.notes.end();
  }

  private async send(request: ServerRequest<z.ZodType>, timeoutMs: number): Promise<unknown> {
    if (this.fault !== undefined) throw this.fault;
    const { method, params, signal } = request;
    const source = new CancellationTokenSource();
    const heardBefore = this.reader.heard;
    let leave: () => void = () => undefined;
    const given = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new ServerFault(`${this.title} did not answer within ${Math.round(timeoutMs / 1000)} s.`),
        );
        if (this.reader.heard === heardBefore) this.die('it does not answer');
      }, timeoutMs);
      const onAbort = (): void => reject(signal?.reason as Error);
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.deaths.add(reject);
      leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.deaths.delete(reject);
      };
    });
    try {
      return await Promise.race([this.connection.sendRequest(method, params, source.token), given]);
    } catch (error) {
      source.cancel();
      throw error;
    } finally {
      leave();
    }
  }

  private explain(error: unknown, method: string): unknown {
    if (this.fault !== undefined) return this.fault;
    if (!(error instanceof ResponseError)) return error;
    if (error.code === METHOD_NOT_FOUND)
      return new ServerFault(`${this.title} does not offer ${method}.`);
    return new ServerFault(`${this.title}: ${visibleLine(error.message).slice(0, 500)}`);
  }

  private async look(): Promise<void> {
    for (const { path, text } of this.documents.all()) {
      const now = await readDocument(this.root, path);
      if (now === undefined) this.documents.close(path);
      else if (now !== text) this.tell(path, now);
    }
    const marks = await markFiles(this.root, this.language);
    const events = eventsBetween(this.marks, marks);
    this.marks = marks;
    if (events.length === 0) return;
    for (const { path } of events) this.changes.set(path, (this.changes.get(path) ?? 0) + 1);
    this.changed += events.length;
    const changes = events.map(({ path, type }) => ({ uri: uriOf(path), type }));
    this.notify('workspace/didChangeWatchedFiles', { changes });
  }
}

function wordsOf(error: Error): string {
  return error instanceof BadFrameError ? error.message : 'its pipe broke';
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
