import {
  firstSuspicious,
  isTestPath,
  suspiciousLines,
  type SuspiciousLine,
} from '../../../domain/index.js';
import type { FileLines } from './added-lines.js';

/** Lines by which a program can blind its checks, among those that are handed in. */
export class SuspiciousSearch {
  private found: readonly SuspiciousLine[] = [];

  take(added: readonly FileLines[]): void {
    const files = added.map(({ file: { path }, lines }) => ({
      path,
      isTest: isTestPath(path),
      lines,
    }));
    this.found = firstSuspicious([...this.found, ...suspiciousLines(files)]);
  }

  /** The most telling of them. */
  get lines(): readonly SuspiciousLine[] {
    return this.found;
  }
}
