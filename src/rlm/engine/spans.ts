/** A quotation as an answer names it: by its words, its place, or both. */
export interface AskedSpan {
  readonly quote?: string | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly line?: number | undefined;
}

/** A quotation that is there, byte for byte; null = it is not. */
export type VerifiedSpan = {
  readonly quote: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly source: string;
} | null;
