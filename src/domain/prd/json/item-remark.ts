import type { FieldPath } from '../prd.js';

/** What a field has against it, or what a person should know of it; the path begins at its item or document. */
export interface ItemRemark {
  readonly path: FieldPath;
  readonly message: string;
}
