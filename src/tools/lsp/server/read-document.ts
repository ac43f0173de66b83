import { relative } from 'node:path';
import { isWithin, resolveInside } from '../../../platform/index.js';
import { readRegular } from '../../files/redo-log.js';

/** A text beyond this is no source, and is neither told to servers nor shown. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/**
 * A file of the workspace as servers see it. Undefined for one that is gone, is no text, is too large, or does not lie in the workspace
 * once links are followed: what a path means may change at any time. `path` is absolute.
 */
export async function readDocument(root: string, path: string): Promise<string | undefined> {
  if (!isWithin(root, path)) return undefined;
  try {
    const answer = await resolveInside({ root, workdir: '.' }, relative(root, path), 'read');
    if (!answer.isInside) return undefined;
    const found = await readRegular(answer.path.absolute, MAX_DOCUMENT_BYTES);
    return typeof found === 'object' ? documentText(found.bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes as the text that servers see: without a byte order mark. Undefined for what is no UTF-8 text. */
export function documentText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
