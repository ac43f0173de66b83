import type { StoryInput } from '../../contracts/index.js';

/** What git shows while the story is proven: the commit that it would become. */
export function headOf(input: Pick<StoryInput, 'branch' | 'author' | 'story'>): {
  branch: string;
  author: StoryInput['author'];
  subject: string;
} {
  const { branch, author, story } = input;
  return { branch, author, subject: `feat(${story.id}): ${story.title}` };
}
