import { pathToFileURL } from 'node:url';
import { sha256 } from '../../../platform/index.js';

/** A text as the server was told it. */
export interface OpenDocument {
  /** Absolute. */
  readonly path: string;
  readonly uri: string;
  readonly languageId: string;
  /** Never the same twice in one server, whatever is closed and opened again in between. */
  readonly version: number;
  readonly text: string;
  readonly hash: string;
}

/** How documents are told to a server: notifications, in order. */
export type Notify = (method: string, params: object) => void;

/** Documents that stay open; the one that was not used for the longest time is closed. */
const MAX_OPEN = 200;

/** The texts that a server knows from us and not from the disk. */
export class OpenDocuments {
  private readonly notify: Notify;
  private readonly open = new Map<string, OpenDocument>();
  private lastVersion = 0;

  constructor(notify: Notify) {
    this.notify = notify;
  }

  get(path: string): OpenDocument | undefined {
    return this.open.get(path);
  }

  all(): readonly OpenDocument[] {
    return [...this.open.values()];
  }

  /** Tells the server a text; says nothing when it knows exactly that. `isAnew` tells it in any case, under a new version. */
  tell(
    path: string,
    told: { readonly text: string; readonly languageId: string },
    isAnew = false,
  ): OpenDocument {
    const hash = sha256(told.text);
    const known = this.open.get(path);
    if (known !== undefined) this.open.delete(path);
    if (known?.hash === hash && !isAnew) {
      this.open.set(path, known);
      return known;
    }
    this.lastVersion += 1;
    const document: OpenDocument = {
      path,
      uri: known?.uri ?? uriOf(path),
      languageId: told.languageId,
      version: this.lastVersion,
      text: told.text,
      hash,
    };
    this.open.set(path, document);
    const { uri, version, languageId, text } = document;
    if (known === undefined)
      this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version, text } });
    else
      this.notify('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
        // Of clangd, which says nothing about a text that it has seen before; others do not look at it.
        ...(isAnew ? { wantDiagnostics: true, forceRebuild: true } : {}),
      });
    this.closeOldest();
    return document;
  }

  close(path: string): void {
    const known = this.open.get(path);
    if (known === undefined) return;
    this.open.delete(path);
    this.notify('textDocument/didClose', { textDocument: { uri: known.uri } });
  }

  private closeOldest(): void {
    for (const path of this.open.keys()) {
      if (this.open.size <= MAX_OPEN) return;
      this.close(path);
    }
  }
}

/** How servers name a file. */
export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}
