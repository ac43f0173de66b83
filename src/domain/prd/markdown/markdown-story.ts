import type { Story } from '../../run/story.js';
import type { PrdProblem } from '../prd.js';

/** A remark on one line of a Markdown PRD. */
export interface LineNote {
  readonly line: number;
  readonly message: string;
  /** Open items that no story stands for, and that this note names. */
  readonly items: number;
}

/** A story and where it stands in its Markdown text; lines are 1-based. */
export interface MarkdownStory {
  readonly story: Story;
  readonly line: number;
  /** Line that names the dependencies. */
  readonly dependencyLine: number;
  /** Lines of the check boxes that say whether the story has passed. */
  readonly boxes: readonly number[];
  /** Line and word of a status such as `Status: Draft`; undefined where there is none. */
  readonly status: { readonly line: number; readonly word: string } | undefined;
  /** True where the heading itself says that the story is done. */
  readonly isHeadingMarked: boolean;
  /** True where the whole file is this one task, and its front matter says where it stands. */
  readonly isWholeFile: boolean;
  /** Line behind which a box is written where the story has none. */
  readonly spareLine: number;
  /** Why it is not worked on; null when it is. */
  readonly leftOutBy: string | null;
  /** What is wrong with this story alone; `where` lacks file and story. */
  readonly problems: readonly PrdProblem[];
  readonly notes: readonly LineNote[];
}
