import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CodetetherError, type Story } from '../../domain/index.js';
import {
  markStoryInFile,
  parsePrdText,
  readPrdText,
  refuseLinkOut,
  sha256,
  writeDurableFile,
} from '../../platform/index.js';

/** Characters of a problem; it travels in a history. */
const PROBLEM_LIMIT = 4000;

/** How {@link markStoryPassed} ended. */
export interface PrdUpdate {
  /** Empty, or a sentence about why the PRD itself could not be written and where the result is instead. */
  readonly note: string;
}

/**
 * Marks one story as passed in the PRD that the person gave, in the format of that file, and nothing else. People may edit
 * the file during the run: the story is looked up by id in the present text, and the file is only replaced when it did not
 * change in between. A file that cannot be merged is left alone, and the result goes to a side file.
 */
export async function markStoryPassed(
  prdPath: string,
  storyId: string,
  runId: string,
): Promise<PrdUpdate> {
  const mark = await markStoryInFile(prdPath, { storyId, passes: true });
  if (mark.kind !== 'refused') return { note: '' };
  const sideFile = `${prdPath}.${runId}.passed`;
  const known = await readFile(sideFile, 'utf8').catch(() => '');
  if (!known.split('\n').includes(storyId))
    await writeDurableFile(sideFile, `${known}${storyId}\n`);
  return {
    note: `${storyId} passed, but ${prdPath} could not be updated (${mark.reason}); it is listed in ${sideFile}`,
  };
}

/** Input of the activity `refreshPrd`. */
export const refreshPrdSchema = z.object({
  runId: z.string(),
  prdPath: z.string(),
  /** What the last call answered; empty on the first. */
  digest: z.string(),
});

/** The PRD as it is now, compared with what a run knows of it. */
export interface PrdRefresh {
  /** Of the present text, or the code of what keeps it from being read. To be given to the next call. */
  readonly digest: string;
  /** Null when the text is the known one, or cannot be used. */
  readonly stories: Story[] | null;
  /** Why the present text cannot be used, every problem of it; null when it can, or is the known one. */
  readonly problem: string | null;
}

/**
 * Reads the PRD again for a running run that knows the text of `digest` (empty at first). A text that is missing or no
 * valid PRD is answered with its problem once; as long as it stays the same it counts as known. Throws for a disk that
 * cannot be read.
 */
export async function refreshPrd(prdPath: string, digest: string): Promise<PrdRefresh> {
  let present = '';
  try {
    await refuseLinkOut(prdPath, 'the PRD');
    const text = await readPrdText(prdPath, prdPath);
    present = sha256(text);
    if (present === digest) return { digest, stories: null, problem: null };
    return { digest: present, stories: parsePrdText(text, prdPath).stories, problem: null };
  } catch (error) {
    if (!(error instanceof CodetetherError)) throw error;
    // no text, no digest: the kind of problem stands for it, so that it is told once
    const named = present === '' ? error.code : present;
    return {
      digest: named,
      stories: null,
      problem: named === digest ? null : error.message.slice(0, PROBLEM_LIMIT),
    };
  }
}
