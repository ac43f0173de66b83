import { realpath, stat } from 'node:fs/promises';
import { z } from 'zod';
import {
  parseJsonDocument,
  readPrdText,
  setJsonField,
  writeDurableFile,
} from '../../platform/index.js';

const ATTEMPTS = 5;

/** The list of stories of a JSON PRD, whatever it is called there. */
const storyListSchema = z.looseObject({
  user_stories: z.array(z.looseObject({ id: z.string() })).optional(),
  userStories: z.array(z.looseObject({ id: z.string() })).optional(),
});

/** Which stories were opened again, and a sentence when the PRD could not be changed. */
export interface ReopenedStories {
  readonly reopened: readonly string[];
  readonly note: string;
}

/**
 * Sets `passes` of the stories to false in the PRD and changes nothing else; a file that changes meanwhile is read again, one
 * that cannot be read is left alone and the note says so.
 */
export async function reopenStories(
  prdPath: string,
  stories: readonly string[],
): Promise<ReopenedStories> {
  if (stories.length === 0) return { reopened: [], note: '' };
  let reason = 'it kept changing';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      const reopened = await trySwap(prdPath, stories);
      if (reopened !== undefined) return { reopened, note: '' };
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      break;
    }
  }
  const note = `${prdPath} could not be changed (${reason}): set passes to false of ${stories.join(', ')} by hand`;
  return { reopened: [], note };
}

async function trySwap(
  prdPath: string,
  stories: readonly string[],
): Promise<readonly string[] | undefined> {
  const path = await realpath(prdPath);
  const before = await readPrdText(path, prdPath);
  const { text, reopened } = withStoriesOpen(before, stories, path);
  if (reopened.length === 0) return reopened;
  const { mode } = await stat(path);
  if ((await readPrdText(path, prdPath)) !== before) return undefined;
  await writeDurableFile(path, text, { mode: mode & 0o777 });
  return reopened;
}

/** The PRD's text with these stories not passed, and which of them were. */
export function withStoriesOpen(
  text: string,
  stories: readonly string[],
  file: string,
): { readonly text: string; readonly reopened: readonly string[] } {
  const document = storyListSchema.parse(parseJsonDocument(text, file).value);
  const field = document.user_stories === undefined ? 'userStories' : 'user_stories';
  const reopened: string[] = [];
  let changed = text;
  for (const [index, story] of (document[field] ?? []).entries()) {
    if (!stories.includes(story.id) || story['passes'] !== true) continue;
    changed = setJsonField(changed, [field, index, 'passes'], false);
    reopened.push(story.id);
  }
  return { text: changed, reopened };
}
