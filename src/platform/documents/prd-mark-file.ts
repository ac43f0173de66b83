import { realpath, stat } from 'node:fs/promises';
import { writeDurableFile } from '../storage/durable-file.js';
import { refuseLinkOut } from '../workspace/link-out.js';
import { readPrdText } from './prd-document.js';
import { markStory, type StoryMarking } from './prd-mark.js';

const ATTEMPTS = 5;

/** How {@link markStoryInFile} ended. */
export type FileMark =
  /** The file says so now, and did not before. */
  | { readonly kind: 'written' }
  /** The file said so already. */
  | { readonly kind: 'same' }
  /** The file is as it was. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/**
 * Marks one story in a PRD as passed or as open, in the format of that file, and changes nothing else. People may edit the file meanwhile: the
 * story is looked up in the present text, and the file is only replaced when it did not change in between. Never throws.
 */
export async function markStoryInFile(
  prdPath: string,
  story: Pick<StoryMarking, 'storyId' | 'passes'>,
): Promise<FileMark> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      const mark = await trySwap(prdPath, story);
      if (mark !== undefined) return mark;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'refused', code, reason };
    }
  }
  return { kind: 'refused', code: '', reason: 'it kept changing' };
}

async function trySwap(
  prdPath: string,
  story: Pick<StoryMarking, 'storyId' | 'passes'>,
): Promise<FileMark | undefined> {
  await refuseLinkOut(prdPath, 'the PRD');
  const path = await realpath(prdPath);
  const before = await readPrdText(path, prdPath);
  const after = markStory(before, { ...story, file: prdPath });
  if (after === before) return { kind: 'same' };
  const { mode } = await stat(path);
  if ((await readPrdText(path, prdPath)) !== before) return undefined;
  await writeDurableFile(path, after, { mode: mode & 0o777 });
  return { kind: 'written' };
}
