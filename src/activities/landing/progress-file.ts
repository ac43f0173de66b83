import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { visible, type AttemptRecord, type Story } from '../../domain/index.js';
import {
  appendDurably,
  isNotFound,
  readBounded,
  refuseLinkOut,
  withWorkspaceLock,
  writeDurableFile,
} from '../../platform/index.js';

const RECENT_LIMIT = 8 * 1024;
const PATTERNS_LIMIT = 4 * 1024;
/** A file beyond this is none of ours. */
export const LARGEST_PROGRESS = 64 * 1024 * 1024;
const HEADER = '# Progress\n\n## Codebase Patterns\n\n';

/** What goes into the next prompt: the patterns section, and the last 8 KiB of the rest. */
export function learnedSoFar(progress: string): string {
  const { patterns, others } = splitPatterns(progress);
  const rest = others.replace(/^# .*\n/, '').trim();
  const recent = rest.length <= RECENT_LIMIT ? rest : `…${rest.slice(-RECENT_LIMIT)}`;
  return [patterns.slice(0, PATTERNS_LIMIT), recent].filter((part) => part !== '').join('\n\n');
}

/** The patterns section without its heading, and everything else. */
function splitPatterns(progress: string): { patterns: string; others: string } {
  const start = /^## Codebase Patterns[ \t]*$/m.exec(progress);
  if (start === null) return { patterns: '', others: progress };
  const behind = start.index + start[0].length;
  const next = progress.indexOf('\n## ', behind);
  const end = next < 0 ? progress.length : next + 1;
  return {
    patterns: progress.slice(behind, end).trim(),
    others: progress.slice(0, start.index) + progress.slice(end),
  };
}

/** One attempt as an entry of progress.txt. */
export function progressEntry(entry: {
  readonly runId: string;
  readonly story: Story;
  readonly attempt: AttemptRecord;
  readonly commit: string | null;
}): string {
  const { story, attempt } = entry;
  const lines = [
    `## ${story.id} attempt ${attempt.number}: ${attempt.outcome} (run ${entry.runId})`,
    withoutHeadings(`${story.title}. ${attempt.reason}.`),
  ];
  if (entry.commit !== null) lines.push(`Commit: ${entry.commit.slice(0, 12)}`);
  if (attempt.changedFiles.length > 0) {
    const names = attempt.changedFiles.slice(0, 20).map((path) => path.replace(/\p{Cc}/gu, '?'));
    lines.push(`Files: ${names.join(', ')}`);
  }
  if (attempt.summary !== '') lines.push(withoutHeadings(attempt.summary));
  lines.push(...attempt.learnings.map((learning) => `- ${withoutHeadings(learning)}`));
  return `${visible(lines.join('\n'))}\n\n`;
}

/** What an agent or a person wrote, so that no line of it passes for a heading of ours. */
function withoutHeadings(text: string): string {
  return text.replace(/^#/gm, ' #');
}

/**
 * Appends an entry to progress.txt beside the PRD, once: an entry whose first line is there already is left alone. The file
 * is created when it is missing. Stories that end at the same time write one after the other, and what a person writes in
 * between stays. Throws InvalidInputError `ERR_LINK_OUTSIDE`.
 */
export async function appendProgress(prdPath: string, entry: string): Promise<void> {
  const path = join(dirname(await realpath(prdPath).catch(() => prdPath)), 'progress.txt');
  await refuseLinkOut(path, 'progress.txt');
  await withWorkspaceLock(path, async () => {
    const text = await readProgress(path);
    if (text === undefined) return writeDurableFile(path, `${HEADER}${entry}`);
    const heading = entry.slice(0, entry.indexOf('\n'));
    if (text.split('\n').includes(heading)) return;
    await appendDurably(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}${entry}`);
  });
}

async function readProgress(path: string): Promise<string | undefined> {
  try {
    return await readBounded(path, LARGEST_PROGRESS);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
