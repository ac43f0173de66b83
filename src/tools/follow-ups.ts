import type { ServedLanguage } from '../domain/index.js';
import { createFormatter, type FormatSettings } from './format/formatter.js';
import { createReview } from './lsp/review.js';
import { createServerPool, type ServerPool } from './lsp/server/server-pool.js';
import type { EditFollowUps, ToolServices } from './tool.js';

/** What the configuration says of edits. */
export interface EditSettings {
  readonly lsp: { readonly diagnostics: boolean; readonly off: readonly ServedLanguage[] };
  readonly format: FormatSettings;
}

/** Language servers, and what is done with files that agents edit; once per worker. */
export function createFollowUps(
  held: Pick<ToolServices, 'sandbox' | 'masked'>,
  { lsp, format }: EditSettings,
): { readonly servers: ServerPool; readonly followUps: EditFollowUps } {
  const servers = createServerPool(held);
  const followUps = {
    ...(Object.keys(format).length === 0 ? {} : { format: createFormatter(held, format) }),
    ...(lsp.diagnostics ? { review: createReview({ pool: servers, off: lsp.off }) } : {}),
  };
  return { servers, followUps };
}
