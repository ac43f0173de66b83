import { isSatisfied, runSpending, toUsd, type RunRecord } from '../../domain/index.js';

/** A run in the list of the board. */
export interface BoardRow {
  readonly run_id: string;
  readonly kind: RunRecord['kind'];
  readonly title: string;
  readonly project: string;
  readonly repository: string;
  readonly branch: string;
  readonly status: RunRecord['status'];
  readonly reason: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly stories: {
    readonly total: number;
    readonly satisfied: number;
    readonly running: number;
    readonly stuck: number;
  };
  readonly tokens: number;
  readonly cost_usd: number | null;
}

const STUCK: readonly string[] = ['failed', 'blocked', 'waiting_on_dependency'];
const REASON_LIMIT = 500;

/** A run as one row. Pure. */
export function boardRow(record: RunRecord): BoardRow {
  const { stories, standstill } = record;
  const { usage, costMicroUsd } = runSpending(record);
  const count = (is: (status: string) => boolean): number =>
    stories.filter(({ status }) => is(status)).length;
  return {
    run_id: record.runId,
    kind: record.kind,
    title: record.feature,
    project: record.project,
    repository: record.repository,
    branch: record.publishedBranch ?? record.branch,
    status: record.status,
    reason: (standstill?.reason ?? record.reason).slice(0, REASON_LIMIT),
    started_at: record.startedAt,
    ended_at: record.endedAt,
    stories: {
      total: stories.length,
      satisfied: stories.filter(({ status }) => isSatisfied(status)).length,
      running: count((status) => status === 'running'),
      stuck: count((status) => STUCK.includes(status)),
    },
    tokens: usage.inputTokens + usage.outputTokens,
    cost_usd: toUsd(costMicroUsd),
  };
}

/** True for a row in which every word of the search is found: in its title, project, repository, branch, id, kind or state. Pure. */
export function rowMatches(row: BoardRow, search: string): boolean {
  const { title, project, repository, branch, run_id: id, kind, status } = row;
  const text = [title, project, repository, branch, id, kind, status].join('\n').toLowerCase();
  const words = search.toLowerCase().split(/\s+/);
  return words.every((word) => text.includes(word));
}
