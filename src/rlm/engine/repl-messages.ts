import type { ContextManifest } from '../../domain/index.js';
import type { CellStep, QuestionEnd, ReplSettings } from './repl-vm.js';
import type { AskedSpan, VerifiedSpan } from './spans.js';

/** Where the bytes of an input come from: plain files by the digest of their block, or memory that is shared with the thread. */
export type ContextBytes =
  | { readonly kind: 'files'; readonly paths: Readonly<Record<string, string>> }
  | { readonly kind: 'memory'; readonly bytes: SharedArrayBuffer };

/** What a thread starts with. */
export interface ReplStart {
  readonly manifest: ContextManifest;
  readonly bytes: ContextBytes;
  readonly settings: ReplSettings;
}

/** What a thread is asked to do. */
export type ReplOrder =
  | { readonly kind: 'run'; readonly code: string }
  | { readonly kind: 'settle'; readonly ends: readonly QuestionEnd[] }
  /** Looks for quotations in the input. */
  | { readonly kind: 'verify'; readonly spans: readonly AskedSpan[] };

/** What a thread answers; orders are answered in their order. */
export type ReplReply =
  | { readonly kind: 'step'; readonly step: CellStep }
  | { readonly kind: 'spans'; readonly spans: readonly VerifiedSpan[] }
  /** Nothing of it can be used any more. */
  | { readonly kind: 'killed'; readonly reason: string }
  /** A defect of ours, or a block that cannot be read. */
  | { readonly kind: 'failed'; readonly message: string };
