import {
  firstSuspicious,
  isTestPath,
  suspiciousLines,
  type SuspiciousLine,
} from '../../../domain/index.js';
import type { TreeDiff, WorkspaceFolders } from '../../../platform/index.js';
import { readAdded, type SearchLimits, type UnseenFiles } from './read-added.js';

/** What was found among the lines that a story added. */
export interface LineFindings {
  readonly lines: readonly SuspiciousLine[];
  readonly unseen: UnseenFiles;
}

/** Looks through the lines that a story added for those by which a program can blind its checks. */
export async function findSuspicious(
  lane: WorkspaceFolders,
  diff: TreeDiff,
  limits?: SearchLimits,
): Promise<LineFindings> {
  let lines: readonly SuspiciousLine[] = [];
  const unseen = await readAdded(lane, diff, {
    limits,
    take(added) {
      const found = added.map((one) => ({
        path: one.file.path,
        isTest: isTestPath(one.file.path),
        lines: one.lines,
      }));
      lines = firstSuspicious([...lines, ...suspiciousLines(found)]);
    },
  });
  return { lines, unseen };
}
