import type { NotifyEvent, RunRecord, Notice } from '../domain/index.js';
import { runDocument } from './run-document.js';

/** What a message is about. */
export interface NotificationSubject {
  readonly event: NotifyEvent;
  /** Of the message. */
  readonly now: Date;
  /** Story that it is about; absent = the run. */
  readonly story?: string | null;
  /** What is asked, or what happened; absent = the reason of the run. */
  readonly text?: string;
}

/** The body of a message: snake_case, without evidence, with the commands that lead further. Pure. */
export function notificationDocument(
  record: RunRecord,
  { event, now, story = null, text = record.reason }: NotificationSubject,
): Record<string, unknown> {
  const document = runDocument(record, now);
  const keys = [
    'run_id',
    'workflow_id',
    'status',
    'reason',
    'prd_path',
    'branch',
    'base_commit',
    'head_commit',
    'model',
    'totals',
    'failure',
    'notes',
  ];
  return {
    event,
    at: now.toISOString(),
    story,
    text,
    ...Object.fromEntries(keys.map((key) => [key, document[key]])),
    project: record.project,
    feature: record.feature,
    repository: record.repository,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    stories: record.stories.map(({ story: { id, title }, status, reason, commit, attempts }) => ({
      id,
      title,
      status,
      reason,
      commit,
      attempts: attempts.length,
    })),
    standstill: record.standstill ?? null,
    commands: commandsOf(record.runId, event === 'question' ? story : null),
  };
}

function commandsOf(runId: string, asking: string | null): Record<string, string> {
  return {
    show: `codetether runs show ${runId}`,
    ...(asking === null ? {} : { answer: `codetether runs answer ${runId} ${asking} "TEXT"` }),
    report: `codetether ralph report ${runId}`,
    diff: `codetether ralph diff ${runId}`,
    merge: `codetether ralph merge ${runId}`,
  };
}

const MOST_ITEMS = 200;
const BRIEF = [
  'event',
  'at',
  'run_id',
  'project',
  'feature',
  'repository',
  'status',
  'story',
  'text',
];

/** One message in place of all that were held back, the oldest first. Pure. */
export function digestDocument(notices: readonly Notice[], now: Date): Record<string, unknown> {
  const told = notices.slice(-MOST_ITEMS);
  return {
    event: 'digest',
    at: now.toISOString(),
    from: notices[0]?.at ?? null,
    count: notices.length,
    left_out: notices.length - told.length,
    items: told.map(({ body, event, at }) => ({
      ...Object.fromEntries(BRIEF.map((key) => [key, body[key] ?? null])),
      event,
      at,
    })),
  };
}
