import type { NotifyEvent, RunRecord } from '../domain/index.js';
import { runDocument } from './run-document.js';

/** The body of a webhook: snake_case, without evidence, with the commands that lead further. Pure. */
export function notificationDocument(
  record: RunRecord,
  event: NotifyEvent,
  now: Date,
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
    ...Object.fromEntries(keys.map((key) => [key, document[key]])),
    project: record.project,
    feature: record.feature,
    repository: record.repository,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    stories: record.stories.map(({ story, status, reason, commit, attempts }) => ({
      id: story.id,
      title: story.title,
      status,
      reason,
      commit,
      attempts: attempts.length,
    })),
    standstill: record.standstill ?? null,
    commands: {
      show: `codetether runs show ${record.runId}`,
      report: `codetether ralph report ${record.runId}`,
      diff: `codetether ralph diff ${record.runId}`,
      merge: `codetether ralph merge ${record.runId}`,
    },
  };
}
