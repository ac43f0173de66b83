import {
  questionLine,
  shortLine,
  type OpenQuestion,
  type RunRecord,
  type StoryRecord,
} from '../domain/index.js';

const LINE_LIMIT = 1500;

/** A story that was set aside until somebody answers what its agent asked. */
export interface WaitingStory {
  readonly story: string;
  readonly question: OpenQuestion;
  /** How it is answered; null when the run has ended, and nobody listens any more. */
  readonly command: string | null;
}

/** The stories of a run that wait for an answer, in the order of the run. Pure. */
export function waitingStories(record: RunRecord): WaitingStory[] {
  const isOpen = record.endedAt === null;
  return record.stories.flatMap(({ story, status, attempts }) => {
    const question = attempts.at(-1)?.question;
    if (status !== 'blocked' || question === undefined) return [];
    const command = isOpen ? `codetether runs answer ${record.runId} ${story.id} "..."` : null;
    return [{ story: story.id, question, command }];
  });
}

/** What waits for an answer, a line each: `US-003 asks: Which port? (8080 | 9090); recommended: 8080`. Pure. */
export function questionLines(record: RunRecord): string[] {
  return waitingStories(record).map(({ story, question }) =>
    shortLine(`${story} asks: ${questionLine(question)}`, LINE_LIMIT),
  );
}

/** Calls that rules of people refused, a line each, of all attempts. Pure. */
export function denialLines(stories: readonly StoryRecord[]): string[] {
  const lines = stories.flatMap(({ story, attempts }) =>
    attempts.flatMap(({ denials = [] }) =>
      denials.map(({ title, rule }) => shortLine(`${story.id}: ${title}: ${rule}`, LINE_LIMIT)),
    ),
  );
  return [...new Set(lines)];
}

/** Calls that reached beyond the walls of their agents, a line each, of all attempts. Pure. */
export function reachLines(stories: readonly StoryRecord[]): string[] {
  const lines = stories.flatMap(({ story, attempts }) =>
    attempts.flatMap(({ reaches = [] }) =>
      reaches.map(({ title, what }) => shortLine(`${story.id}: ${title}: ${what}`, LINE_LIMIT)),
    ),
  );
  return [...new Set(lines)];
}

/** What stories decided that is not their own, a line each, of the last attempt of each. Pure. */
export function outsideLines(stories: readonly StoryRecord[]): string[] {
  return stories.flatMap(({ story, attempts }) => {
    const outside = attempts.at(-1)?.outside;
    if (outside === undefined) return [];
    const { dependencies, migrations, ciFiles, deletions } = outside;
    const parts = [
      named('new dependencies', dependencies),
      named('migrations', migrations),
      named('CI files', ciFiles),
      deletions === 0 ? '' : `${deletions} deleted files`,
    ].filter((part) => part !== '');
    return [shortLine(`${story.id}: ${parts.join('; ')}`, LINE_LIMIT)];
  });
}

function named(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${what}: ${names.join(', ')}`;
}

/** What agents assumed where nobody answered, a line each, of the last attempt of each story. Pure. */
export function assumptionLines(stories: readonly StoryRecord[]): string[] {
  return stories.flatMap(({ story, attempts }) =>
    (attempts.at(-1)?.assumptions ?? []).map(({ question, assumed }) =>
      shortLine(`${story.id}: ${question} Nobody answered; assumed: ${assumed}`, LINE_LIMIT),
    ),
  );
}
