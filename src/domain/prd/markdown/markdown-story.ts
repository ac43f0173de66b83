import type { Story } from '../../story.js';
import type { PrdProblem } from '../prd.js';

/** A story and where it stands in its Markdown text; lines are 1-based. */
export interface MarkdownStory {
  readonly story: Story;
  readonly line: number;
  /** Line that names the dependencies. */
  readonly dependencyLine: number;
  /** Lines of the check boxes that say whether the story has passed. */
  readonly boxes: readonly number[];
  /** Line behind which a box is written where the story has none. */
  readonly spareLine: number;
  /** What is wrong with this story alone; `where` lacks file and story. */
  readonly problems: readonly PrdProblem[];
}
