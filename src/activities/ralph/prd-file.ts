import { readFile, realpath, stat } from 'node:fs/promises';
import { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import { parseJsonDocument, setJsonField, writeDurableFile } from '../../platform/index.js';

const ATTEMPTS = 5;

const storyIdsSchema = z.looseObject({ user_stories: z.array(z.looseObject({ id: z.string() })) });

/** How {@link markStoryPassed} ended. */
export interface PrdUpdate {
  /** Empty, or a sentence about why the PRD itself could not be written and where the result is instead. */
  readonly note: string;
}

/**
 * Sets `passes: true` of one story in the PRD that the person gave, and nothing else. People may edit the file during the
 * run: the story is looked up by id in the present text, and the file is only replaced when it did not change in between.
 * A file that cannot be merged is left alone, and the result goes to a side file.
 */
export async function markStoryPassed(
  prdPath: string,
  storyId: string,
  runId: string,
): Promise<PrdUpdate> {
  let reason = 'it kept changing';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      if (await trySwap(prdPath, storyId)) return { note: '' };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      break;
    }
  }
  const sideFile = `${prdPath}.${runId}.passed`;
  const known = await readFile(sideFile, 'utf8').catch(() => '');
  if (!known.split('\n').includes(storyId))
    await writeDurableFile(sideFile, `${known}${storyId}\n`);
  return {
    note: `${storyId} passed, but ${prdPath} could not be updated (${reason}); it is listed in ${sideFile}`,
  };
}

async function trySwap(prdPath: string, storyId: string): Promise<boolean> {
  const path = await realpath(prdPath);
  const before = await readFile(path, 'utf8');
  const after = withStoryPassed(before, storyId, path);
  if (after === before) return true;
  const { mode } = await stat(path);
  if ((await readFile(path, 'utf8')) !== before) return false;
  await writeDurableFile(path, after, { mode: mode & 0o777 });
  return true;
}

/** The PRD's text with one story passed; the same text when it says so already. Throws when the story is not in it. */
export function withStoryPassed(text: string, storyId: string, file: string): string {
  const { user_stories: stories } = storyIdsSchema.parse(parseJsonDocument(text, file).value);
  const index = stories.findIndex((story) => story.id === storyId);
  if (index < 0) {
    throw new InvalidInputError('ERR_STORY_MISSING', {
      message: `story ${storyId} is no longer in the file`,
      where: { file, story: storyId },
    });
  }
  return stories[index]?.['passes'] === true
    ? text
    : setJsonField(text, ['user_stories', index, 'passes'], true);
}
