import { createHash } from 'node:crypto';
import type { PlatformTask } from '../wire/platform-task.js';

/** The stages in which the platform works off an issue; each comes as a task of its own. */
export const STAGES = ['prepare', 'code', 'review', 'fix'] as const;

/** See {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** What a review may come to. */
export const VERDICTS = ['APPROVED', 'CHANGES_REQUESTED', 'BLOCKED'] as const;

/** See {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** The stage of an issue that a task is; undefined for a task that is none. */
export function stageOf({ metadata }: PlatformTask): Stage | undefined {
  const stage = metadata['workflow_stage'];
  return STAGES.find((known) => known === stage);
}

/** The verdict in the last line of a review's answer, whatever stands around it; undefined when there is none, or more than one. */
export function verdictOf(answer: string): Verdict | undefined {
  const line = answer.trimEnd().slice(-200).split('\n').at(-1) ?? '';
  const bare = line
    .replaceAll(/[*_`#>"'.!]/g, (mark) => (mark === '_' ? '_' : ''))
    .trim()
    .toUpperCase();
  const [, said = bare] = /^VERDICT ?[:=-] ?(.{0,40})$/.exec(bare) ?? [];
  const word = said
    .trim()
    .replaceAll(' ', '_')
    .replace(/^_+/, '')
    .replace(/_{1,8}$/, '');
  return VERDICTS.find((verdict) => verdict === word);
}

/** What a reviewer is told, so that its answer can be read by a program. */
export const REVIEW_NOTE = `End your answer with one line that holds only your verdict: ${VERDICTS.join(', ')}.`;

/** Keys under which the session of a task is looked for, the most exact first; none for a task that stands alone. */
export function sessionKeys({ metadata }: PlatformTask): readonly string[] {
  return [
    key('session', metadata['resume_session_id']),
    key('flow', metadata['forgejo_work_key']),
    key('flow', metadata['temporal_workflow_id']),
    key('task', metadata['parent_task_id']),
    key('task', metadata['review_task_id']),
  ].flatMap((found) => found ?? []);
}

/** Keys under which the session that a task belongs to is kept: those by which it may be asked for later. */
export function keptKeys(
  keys: readonly string[],
  { id, contextId }: { readonly id: string; readonly contextId: string },
): readonly string[] {
  const own = [key('session', contextId), key('task', id)].flatMap((found) => found ?? []);
  return [...new Set([...keys.filter((each) => !each.startsWith('task:')), ...own])];
}

function key(kind: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return `${kind}:${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;
}
