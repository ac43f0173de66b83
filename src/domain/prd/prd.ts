import { z } from 'zod';
import {
  CodetetherError,
  describeLocation,
  InvalidInputError,
  type ErrorLocation,
} from '../light/error.js';
import { storySchema } from '../run/story.js';

/** The file formats that a PRD may have; each is read from and marked in its own form. */
export const prdFormatSchema = z.enum([
  'codetether',
  'snarktank',
  'ralph-tui',
  'ralph-tui-markdown',
  'feature-list',
  'ralphy-markdown',
  'ralphy-tasks',
  'ralph-orchestrator',
  'task-master',
  'beads',
  'backlog-md',
]);

/** See {@link prdFormatSchema}. */
export type PrdFormat = z.infer<typeof prdFormatSchema>;

/** A product requirements document, independent of the file format it was read from. */
export const prdSchema = z.object({
  format: prdFormatSchema.default('codetether'),
  project: z.string(),
  feature: z.string(),
  /** Empty when the document names none. */
  branchName: z.string(),
  stories: z.array(storySchema),
  technicalRequirements: z.array(z.string()),
  /** Name and command, in the order in which they run. */
  qualityChecks: z.array(z.object({ name: z.string(), command: z.string() })),
  /** What the file says and the run does not take over, and what was read with a guess. */
  notes: z.array(
    z.object({
      message: z.string(),
      where: z.custom<ErrorLocation>(),
      /** Open items of the file that no story stands for, and that this note names. */
      items: z.int().min(0),
    }),
  ),
});

/** One thing of the file that a person should know before the run begins. */
export type PrdNote = Prd['notes'][number];

/** See {@link prdSchema}. */
export type Prd = z.infer<typeof prdSchema>;

/** One thing wrong with a PRD. */
export interface PrdProblem {
  readonly message: string;
  readonly where: ErrorLocation;
}

/** Problems that a message shows; more would hide the first. */
const SHOWN_PROBLEMS = 200;

/** Raised with every problem of a PRD at once; `data.problems` holds them. Exit 2. */
export class PrdInvalidError extends InvalidInputError {
  readonly problems: readonly PrdProblem[];

  constructor(file: string, problems: readonly PrdProblem[]) {
    const lines = problems.slice(0, SHOWN_PROBLEMS).map(({ message, where }) => {
      const place = placeOf(where);
      return `  - ${place === '' ? '' : `${place}: `}${message}`;
    });
    super('ERR_PRD_INVALID', {
      message: `${file} has ${problems.length} problem${problems.length === 1 ? '' : 's'}\n${[...lines, ...(problems.length > SHOWN_PROBLEMS ? [`  - and ${problems.length - SHOWN_PROBLEMS} more`] : [])].join('\n')}`,
      where: problems[0]?.where ?? { file },
      hint: 'correct the file, then check it with: codetether ralph validate -p FILE',
      data: { problems },
    });
    this.problems = problems;
  }
}

/** `line 3, story US-001, field title`: the file's name stands in the first line of the message already. */
function placeOf(where: ErrorLocation): string {
  const rest = describeLocation({ ...where, file: undefined });
  const parts = [where.line === undefined ? '' : `line ${where.line}`, rest];
  return parts.filter((part) => part !== '').join(', ');
}

/** Steps from the document to one of its fields. */
export type FieldPath = readonly (string | number)[];

/** Finds the line of a field path in the document's text; undefined when unknown. */
export type LineLocator = (path: FieldPath) => number | undefined;

const KNOWN_FORMATS = [
  'codetether JSON ("project", "feature", "user_stories")',
  'snarktank or ralph-tui JSON ("userStories")',
  'feature_list.json (an array of features, or "features")',
  'ralphy tasks in YAML or JSON ("tasks" with titles)',
  'task-master tasks.json ("tasks", or tags that hold them)',
  'ralph-orchestrator tasks.jsonl and beads (one task with id, title and status a line)',
  'ralph-tui Markdown (headings such as "### US-001: Title")',
  'Backlog.md (front matter with id and title)',
  'ralphy Markdown (check boxes such as "- [ ] Task")',
];

/** The refusal of a file that looks like none of the formats; it names them. */
export function unknownFormat(file: string): PrdInvalidError {
  const message = `looks like none of the formats that are known: ${KNOWN_FORMATS.join('; ')}`;
  return new PrdInvalidError(file, [{ message, where: { file, line: 1 } }]);
}

/** True when an error is one of ours; narrows for callers that catch unknown values. */
export function isCodetetherError(error: unknown): error is CodetetherError {
  return error instanceof CodetetherError;
}
