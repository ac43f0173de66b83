import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AttemptRecord, Story } from '../../domain/index.js';
import { isNotFound, refuseLinkOut, writeDurableFile } from '../../platform/index.js';

const RECENT_LIMIT = 8 * 1024;
const PATTERNS_LIMIT = 4 * 1024;
const HEADER = '# Progress\n\n## Codebase Patterns\n\n';

/** What goes into the next prompt: the patterns section, and the last 8 KiB of the rest. */
export function learnedSoFar(progress: string): string {
  const patterns =
    /^## Codebase Patterns\s*\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(progress)?.[1]?.trim() ?? '';
  const rest = progress
    .replace(/^## Codebase Patterns\s*\n[\s\S]*?(?=^## |(?![\s\S]))/m, '')
    .replace(/^# .*\n/, '')
    .trim();
  const recent = rest.length <= RECENT_LIMIT ? rest : `…${rest.slice(-RECENT_LIMIT)}`;
  return [patterns.slice(0, PATTERNS_LIMIT), recent].filter((part) => part !== '').join('\n\n');
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
  return `${lines.join('\n')}\n\n`;
}

/** What an agent or a person wrote, so that no line of it passes for a heading of ours. */
function withoutHeadings(text: string): string {
  return text.replace(/^#/gm, ' #');
}

/**
 * Appends an entry to progress.txt beside the PRD, once: an entry whose first line is there already is left alone.
 * The file is created when it is missing. Throws InvalidInputError `ERR_LINK_OUTSIDE`.
 */
export async function appendProgress(prdPath: string, entry: string): Promise<void> {
  const path = join(dirname(await realpath(prdPath).catch(() => prdPath)), 'progress.txt');
  await refuseLinkOut(path, 'progress.txt');
  let text = HEADER;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const heading = entry.slice(0, entry.indexOf('\n'));
  if (text.split('\n').includes(heading)) return;
  await writeDurableFile(path, `${text}${text.endsWith('\n') ? '' : '\n'}${entry}`);
}
