import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { visibleJson } from '../../domain/index.js';

/** Who asked for what, one line each. */
export interface AuditFile {
  /** Appends one entry; entries keep their order. Rejects where the disk does not take it. */
  write(entry: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Bytes at which the file becomes `….1`, in the place of the one before. */
const LARGEST = 10 * 1024 * 1024;

/**
 * Lines of JSON in a file of the user's own (mode 600); whatever a terminal would obey in them is an escape. At 10 MiB the file
 * is renamed, so that there are never more than two.
 */
export function openAuditFile(path: string, { largest = LARGEST } = {}): AuditFile {
  let last: Promise<void> = Promise.resolve();
  const append = async (line: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    const size = await stat(path).then(
      (facts) => facts.size,
      () => 0,
    );
    if (size > 0 && size + line.length > largest) await rename(path, `${path}.1`);
    await appendFile(path, line, { mode: 0o600 });
  };
  return {
    write(entry) {
      const line = `${visibleJson(JSON.stringify(entry))}\n`;
      const written = last.then(() => append(line));
      last = written.catch(() => undefined);
      return written;
    },
  };
}
