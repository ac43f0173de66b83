import { join } from 'node:path';
import { homePaths, openAuditFile } from '../../platform/index.js';

/** Name of the file, below the logs of a home. */
export const AUDIT_FILE = 'audit.ndjson';

/** Notes who asked for what, in `logs/audit.ndjson` of a home; what the disk does not take is told to `onFault`, and holds nothing up. */
export function openAudit(
  home: string,
  onFault: (error: unknown) => void,
): (entry: Readonly<Record<string, unknown>>) => void {
  const file = openAuditFile(join(homePaths(home).logs, AUDIT_FILE));
  return (entry) => {
    file.write(entry).catch(onFault);
  };
}
