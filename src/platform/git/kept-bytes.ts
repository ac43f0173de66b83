import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurableFile } from '../storage/durable-file.js';

/**
 * Lanes hold the bytes that are committed, and commits the bytes that lie in lanes: no line ends, keywords or encodings are
 * converted, and no filter runs. A conversion would change files that no agent touched, and `no change` would pass for one.
 */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding\n';

/** Switches off every conversion that `.gitattributes` asks for, for everything that uses this bare clone. */
export async function keepBytes(gitDir: string): Promise<void> {
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeDurableFile(keptBytes(gitDir), ATTRIBUTES);
}

/** The file of a git folder that switches conversions off. */
export function keptBytes(gitDir: string): string {
  return join(gitDir, 'info', 'attributes');
}
