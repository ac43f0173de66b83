import { z } from 'zod';
import type { OpenQuestion } from '../agent/question.js';
import { shortLine } from '../text/markdown-text.js';
import type { Decision, Envelope } from './envelope.js';

const names = z.array(z.string().max(400)).max(50);

/** Files that a story deletes, from which on that is more than a change. */
export const MASS_DELETION = 20;

/** What a story decided that is not its own, as its changes show it; lists are cut. */
export const outsideSchema = z.object({
  /** As `npm left-pad`. */
  dependencies: names,
  migrations: names,
  ciFiles: names,
  /** Files that are gone, where they are many; 0 = they are few. */
  deletions: z.number().int().nonnegative(),
});

/** See {@link outsideSchema}. */
export type Outside = z.infer<typeof outsideSchema>;

const MIGRATION =
  /(?:^|\/)(?:migrations?|migrate|alembic\/versions|db\/changelog|flyway|liquibase)\//i;
const FLYWAY_NAME = /^V\d[\w.]{0,40}__.{1,100}\.sql$/;
const DATED_NAME = /^\d{8,14}_.{1,100}\.(?:sql|rb|php|ts|js|py)$/;
const CI =
  /^(?:\.github\/(?:workflows|actions)\/|\.gitlab-ci|\.gitlab\/ci\/|\.circleci\/|\.buildkite\/|\.travis\.yml$|\.drone\.yml$|azure-pipelines|bitbucket-pipelines|Jenkinsfile|\.ci\/|\.woodpecker)/i;

/** True for a file that changes a database when it is rolled out. Pure. */
export function isMigrationPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return MIGRATION.test(path) || FLYWAY_NAME.test(name) || DATED_NAME.test(name);
}

/** True for a file that decides what a CI service runs. Pure. */
export function isCiPath(path: string): boolean {
  return CI.test(path);
}

interface Hit {
  readonly kind: keyof Envelope;
  /** What it is about, for people and for what is granted. */
  readonly what: string;
}

function hitsOf({ dependencies, migrations, ciFiles, deletions }: Outside): Hit[] {
  return [
    ...dependencies.map((name) => ({
      kind: 'newDependency' as const,
      what: `new dependency ${name}`,
    })),
    ...migrations.map((path) => ({ kind: 'migration' as const, what: `migration ${path}` })),
    ...ciFiles.map((path) => ({ kind: 'ciFile' as const, what: `CI file ${path}` })),
    ...(deletions === 0
      ? []
      : [{ kind: 'massDeletion' as const, what: `${deletions} deleted files` }]),
  ];
}

/** What stands against a story's changes in an envelope, in words; a person may have granted some. Pure. */
export function outsideHits(
  outside: Outside,
  envelope: Envelope,
  { decision, granted }: { readonly decision: Decision; readonly granted: readonly string[] },
): string[] {
  return hitsOf(outside)
    .filter(({ kind, what }) => envelope[kind] === decision && !granted.includes(what))
    .map(({ what }) => what.slice(0, 450));
}

/** What the next attempt is told of what it may not decide. Pure. */
export function describeDenied(hits: readonly string[]): string {
  return `Your change decides what is not for you to decide, and the owner's [envelope] says that such a story does not pass: ${hits.join('; ')}. Do the story without it; when that cannot be done, call story_done with status "blocked" and name it.`;
}

/** What of a question report and progress show whole. */
const SHOWN_CHARACTERS = 1300;

/** The question for a person about a story that is proven and decides what is not its own. Pure. */
export function outsideQuestion(hits: readonly string[]): OpenQuestion {
  // a yes is for what the person has read: the rest is asked for behind it
  const shown: string[] = [];
  let length = 0;
  for (const hit of hits) {
    length += hit.length + 2;
    if (shown.length > 0 && length > SHOWN_CHARACTERS) break;
    shown.push(hit);
  }
  const rest = hits.length - shown.length;
  const more = rest === 0 ? '' : ` (${rest} more are asked for behind this)`;
  const text = `The checks are green. May this story bring: ${shown.join('; ')}?${more}`;
  return { question: shortLine(text, 1900), options: ['yes', 'no'], grants: shown };
}
