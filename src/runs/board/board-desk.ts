import { join } from 'node:path';
import type { Gateway } from '../../client/index.js';
import type { WorkerSettings } from '../../config/index.js';
import { InvalidInputError, type RunEvent, type RunRecord } from '../../domain/index.js';
import { uiLink } from '../../host/index.js';
import { homePaths, pathExists, readOutputs, type BlobStore } from '../../platform/index.js';
import {
  diffPage,
  pageEvent,
  renderHtmlReport,
  renderReport,
  runPage,
  type DiffFilePage,
} from '../../report/index.js';
import { planRalphRun } from '../plan/plan-run.js';
import { diffRun } from '../results/diff-run.js';
import { serviceConfig } from '../tasks/service-config.js';
import { BoardRecords, type BoardOverview } from './board-records.js';
import { requestChanges, type ChangeRequest, type ChangesTaken } from './request-changes.js';

/** What changed between two commits, for people. */
export interface BoardDiff {
  readonly from: string;
  readonly to: string;
  readonly files: readonly DiffFilePage[];
}

/** What the web board works with: a view of run records, and the operations that there are on runs. */
export interface BoardDesk {
  overview(): Promise<BoardOverview>;
  /** Everything about one run. Throws `ERR_RUN_NOT_FOUND`. */
  page(runId: string): Promise<Record<string, unknown>>;
  /** Changes when the record of a run does. Throws `ERR_RUN_NOT_FOUND`. */
  stamp(runId: string): Promise<string>;
  /** Events of a run from an offset of its log on. */
  readonly events: Gateway['events'];
  /** Throws `ERR_RUN_NOT_FOUND`, `ERR_STORY_UNKNOWN`, `ERR_COMMITS_MISSING`. */
  diff(runId: string, story: string | undefined): Promise<BoardDiff>;
  /** The morning report. Throws `ERR_RUN_NOT_FOUND`. */
  report(runId: string, format: 'markdown' | 'html'): Promise<string>;
  /** A link into Temporal's web interface, good once; null where there is none. Throws `ERR_RUN_NOT_FOUND`. */
  temporalLink(runId: string): Promise<string | null>;
  readonly steering: Pick<
    Gateway,
    | 'answerStory'
    | 'cancelRun'
    | 'messageSubtask'
    | 'pauseRun'
    | 'resumeRun'
    | 'retryStory'
    | 'skipStory'
  >;
  /** See `requestChanges`. */
  requestChanges(
    runId: string,
    request: Pick<ChangeRequest, 'story' | 'text' | 'mayStart'>,
  ): Promise<ChangesTaken>;
}

/** What {@link createBoardDesk} works with. */
export interface BoardDeskOptions {
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly gateway: Gateway;
  readonly blobs: BlobStore;
  /** Folder of the run records. */
  readonly folder: string;
  readonly hasSearchAttributes: boolean;
  /** Address of Temporal's web interface; null = there is none. */
  readonly ui: { readonly url: string; readonly namespace: string } | null;
}

/** Commits whose lines are remembered. */
const COMMITS_KEPT = 2000;
/** A commit that could not be counted is not looked for again within this time. */
const MISSING_MS = 60_000;
/** Bytes of a log that are held at once. */
const PAGE_BYTES = 1024 * 1024;

/** Lines of a commit, and when they were counted; undefined = it is gone. */
interface CountedLines {
  readonly lines: number | undefined;
  readonly at: number;
}

/** The desk over the files of one home and a gateway. */
export function createBoardDesk(options: BoardDeskOptions): BoardDesk {
  const { home, settings, gateway, blobs, folder, ui } = options;
  const { events, records } = gateway;
  const board = new BoardRecords({ folder, records, events });
  const lines = new Map<string, CountedLines>();
  const read = async (runId: string): Promise<RunRecord> => {
    const record = await records.read(runId);
    if (record === undefined) throw noRun(runId);
    return record;
  };
  return {
    overview: () => board.overview(),
    async page(runId) {
      const record = await read(runId);
      return runPage({
        record,
        events: await pageEvents(events, runId),
        outputs: await readOutputs(blobs, record),
        changedLines: await changedLines(home, record, lines),
        now: new Date(),
      });
    },
    async stamp(runId) {
      const stamp = await board.stamp(runId);
      if (stamp === '') throw noRun(runId);
      return stamp;
    },
    events,
    async diff(runId, story) {
      const record = await read(runId);
      const { from, to, text, files } = await diffRun(home, {
        record,
        story,
        isStat: false,
        isColoured: false,
      });
      return { from, to, files: diffPage(text, files) };
    },
    report: async (runId, format) => reportOf(blobs, await read(runId), format),
    async temporalLink(runId) {
      const { workflowId } = await read(runId);
      if (ui === null) return null;
      const page = `/namespaces/${ui.namespace}/workflows/${encodeURIComponent(workflowId)}`;
      return uiLink(home, ui.url, page);
    },
    steering: gateway,
    requestChanges: async (runId, request) =>
      requestChanges(
        {
          gateway,
          configFor: (repository) => serviceConfig({ home, settings }, repository),
          hasSearchAttributes: options.hasSearchAttributes,
          plan: planRalphRun,
          isTask: (id) => pathExists(join(homePaths(home).tasks, id)),
        },
        { ...request, record: await read(runId) },
      ),
  };
}

async function reportOf(
  blobs: BlobStore,
  record: RunRecord,
  format: 'markdown' | 'html',
): Promise<string> {
  const outputs = await readOutputs(blobs, record);
  return format === 'html' ? renderHtmlReport(record, outputs) : renderReport(record, outputs);
}

async function pageEvents(events: Gateway['events'], runId: string): Promise<RunEvent[]> {
  const kept: RunEvent[] = [];
  for (let offset = 0; ;) {
    const page = await events.read(runId, offset, PAGE_BYTES);
    if (page.nextOffset === offset) return kept;
    for (const event of page.events) {
      const needed = pageEvent(event);
      if (needed !== undefined) kept.push(needed);
    }
    offset = page.nextOffset;
  }
}

/** Lines that each story's commit adds and removes; a commit never changes. */
async function changedLines(
  home: string,
  record: RunRecord,
  known: Map<string, CountedLines>,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { story, commit } of record.stories) {
    if (commit === null) continue;
    let counted = known.get(commit);
    if (counted === undefined || isOld(counted)) {
      counted = { lines: await linesOf(home, record, story.id), at: Date.now() };
      if (known.size >= COMMITS_KEPT) known.clear();
      known.set(commit, counted);
    }
    if (counted.lines !== undefined) found.set(story.id, counted.lines);
  }
  return found;
}

function isOld({ lines, at }: CountedLines): boolean {
  return lines === undefined && Date.now() - at > MISSING_MS;
}

/** Undefined where the commit is gone. */
async function linesOf(
  home: string,
  record: RunRecord,
  story: string,
): Promise<number | undefined> {
  try {
    const { files } = await diffRun(home, { record, story, isStat: true, isColoured: false });
    return files.reduce(
      (sum, { addedLines, removedLines }) => sum + (addedLines ?? 0) + (removedLines ?? 0),
      0,
    );
  } catch {
    return undefined;
  }
}

function noRun(runId: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${runId}`,
    hint: 'codetether runs list shows the known ones',
  });
}
