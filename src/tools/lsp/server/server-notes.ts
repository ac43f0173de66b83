import type { MessageConnection } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import type { Language } from './language-table.js';
import { diagnosticsSchema, type Diagnostic } from './protocol-shapes.js';

/** Findings as a server published them by itself. */
export interface Publication {
  readonly uri: string;
  /** The version of the text that they are about, as the server says. */
  readonly version: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const publicationSchema = z.object({
  uri: z.string().max(4000),
  version: z.int().nullish(),
  diagnostics: diagnosticsSchema,
});
const progressSchema = z.object({
  token: z.union([z.string().max(200), z.number()]),
  value: z.object({ kind: z.enum(['begin', 'report', 'end']) }),
});
const registrationsSchema = z.object({
  registrations: z.array(z.object({ method: z.string() })).max(1000),
});
const itemsSchema = z.object({
  items: z.array(z.object({ section: z.string().nullish() })).max(1000),
});

const MAX_TOKENS = 1000;

/** What a server says without being asked, and what it asks us. */
export class ServerNotes {
  /** Methods that it offers since it said so, beside those of its first answer. */
  readonly offered = new Set<string>();
  private readonly working = new Set<string | number>();
  private readonly listeners = new Set<(publication: Publication) => void>();
  private readonly idle = new Set<() => void>();
  private hasWorked = false;

  listen(connection: MessageConnection, { configuration = {} }: Language): void {
    connection.onNotification('textDocument/publishDiagnostics', (params: unknown) =>
      this.publish(params),
    );
    connection.onNotification('$/progress', (params: unknown) => this.progress(params));
    // Some servers end when a request of theirs is answered by an error, as that to ask for findings again.
    connection.onRequest(() => null);
    connection.onRequest('client/registerCapability', (params: unknown) => {
      const parsed = registrationsSchema.safeParse(params);
      for (const { method } of parsed.data?.registrations ?? []) this.offered.add(method);
      return null;
    });
    connection.onRequest('workspace/configuration', (params: unknown) => {
      const { items } = itemsSchema.safeParse(params).data ?? { items: [] };
      return items.map(({ section }) => configuration[section ?? ''] ?? null);
    });
    // A server may change nothing: what it wants changed is an answer that goes through the redo log.
    connection.onRequest('workspace/applyEdit', () => ({ applied: false }));
  }

  /** Hears of each publication until the answer is called. */
  onPublication(listener: (publication: Publication) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Waits until it reports no work any more, or for `ms`. `isFresh` waits for the first report as well. */
  async settled(ms: number, isFresh = false): Promise<void> {
    if (this.working.size === 0 && (!isFresh || this.hasWorked)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      const { idle } = this;
      idle.add(done);
      function done(): void {
        clearTimeout(timer);
        idle.delete(done);
        resolve();
      }
    });
  }

  /** Nobody has to wait for it any more. */
  end(): void {
    this.working.clear();
    for (const done of this.idle) done();
  }

  private publish(params: unknown): void {
    const parsed = publicationSchema.safeParse(params);
    if (!parsed.success) return;
    const { uri, version, diagnostics } = parsed.data;
    for (const listener of this.listeners)
      listener({ uri, version: version ?? undefined, diagnostics });
  }

  private progress(params: unknown): void {
    const parsed = progressSchema.safeParse(params);
    if (!parsed.success) return;
    const { token, value } = parsed.data;
    if (value.kind === 'begin' && this.working.size < MAX_TOKENS) this.working.add(token);
    if (value.kind !== 'end') return;
    this.hasWorked = true;
    this.working.delete(token);
    if (this.working.size > 0) return;
    for (const done of this.idle) done();
  }
}
