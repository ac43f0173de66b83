import { markStoryInFile } from '../../platform/index.js';

/** Which stories were opened again, and a sentence when the PRD could not be changed. */
export interface ReopenedStories {
  readonly reopened: readonly string[];
  readonly note: string;
}

/**
 * Marks stories of a PRD as open, in whatever notation it is written, and changes nothing else. A story that is gone from it is left out; a file
 * that cannot be changed is left alone and the note says so.
 */
export async function reopenStories(
  prdPath: string,
  stories: readonly string[],
): Promise<ReopenedStories> {
  const reopened: string[] = [];
  for (const [index, storyId] of stories.entries()) {
    const mark = await markStoryInFile(prdPath, { storyId, passes: false });
    if (mark.kind === 'written') reopened.push(storyId);
    if (mark.kind !== 'refused' || mark.code === 'ERR_STORY_MISSING') continue;
    const left = stories.slice(index).join(', ');
    const note = `${prdPath} could not be changed (${mark.reason}): mark ${left} as open by hand`;
    return { reopened, note };
  }
  return { reopened, note: '' };
}

/** Takes {@link reopenStories} back: the stories are passed again, as far as the file can be changed. */
export async function closeStories(prdPath: string, stories: readonly string[]): Promise<void> {
  for (const storyId of stories) await markStoryInFile(prdPath, { storyId, passes: true });
}
