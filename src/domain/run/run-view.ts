import type { SwarmFacts } from '../swarm/swarm-facts.js';
import type { AttemptRecord, RunRecord, StoryRecord } from './ralph-run.js';

/** Most bytes of one message to or from a workflow; more travels by reference or is read from disk. */
export const MESSAGE_LIMIT_BYTES = 128 * 1024;

const NOTES = 20;
const NOTE_LENGTH = 300;
const TEXT_LENGTH = 2000;

/**
 * The record as it may travel in a message: whole when it is small, else without what a reader finds in the record on disk, and
 * marked as `isCut`. Never above the limit. Pure and workflow-safe.
 */
export function boundedRecord(record: RunRecord, limitBytes = MESSAGE_LIMIT_BYTES): RunRecord {
  const steps = [
    (): RunRecord => record,
    (): RunRecord =>
      withStories(record, (entry) => ({ ...entry, attempts: entry.attempts.map(bare) })),
    (): RunRecord => withStories(record, outline),
  ];
  for (const step of steps) {
    const candidate = step();
    if (jsonBytes(candidate) <= limitBytes) return candidate;
  }
  return headOf(record);
}

function withStories(record: RunRecord, change: (entry: StoryRecord) => StoryRecord): RunRecord {
  return { ...record, isCut: true, baseline: null, stories: record.stories.map(change) };
}

function bare(attempt: AttemptRecord): AttemptRecord {
  const nothing = { evidence: [], changedFiles: [], changedDefinitions: [], learnings: [] };
  const { trial: _trial, ...rest } = attempt;
  return { ...rest, ...nothing, summary: '', reason: short(attempt.reason, NOTE_LENGTH) };
}

function outline(entry: StoryRecord): StoryRecord {
  const { story } = entry;
  return {
    ...entry,
    story: {
      ...story,
      title: short(story.title, 100),
      description: '',
      acceptanceCriteria: [],
      verificationSteps: [],
    },
    attempts: entry.attempts.map(bare),
    reason: short(entry.reason, NOTE_LENGTH),
  };
}

/** What fits whatever the run holds. */
function headOf(record: RunRecord): RunRecord {
  const { setup: _setup, merges: _merges, ...rest } = record;
  const { failure, standstill, swarm, session } = rest;
  return {
    ...rest,
    isCut: true,
    baseline: null,
    stories: [],
    checks: [],
    ...(swarm === undefined ? {} : { swarm: headOfSwarm(swarm) }),
    ...(session === undefined ? {} : { session: { ...session, entries: [] } }),
    project: short(record.project, TEXT_LENGTH),
    feature: short(record.feature, TEXT_LENGTH),
    reason: short(record.reason, TEXT_LENGTH),
    notes: record.notes.slice(-NOTES).map((note) => short(note, NOTE_LENGTH)),
    failure: failure === null ? null : { ...failure, message: short(failure.message, TEXT_LENGTH) },
    standstill:
      standstill === null || standstill === undefined
        ? standstill
        : { ...standstill, reason: short(standstill.reason, TEXT_LENGTH) },
  };
}

function headOfSwarm(swarm: SwarmFacts): SwarmFacts {
  const { rows, answer, evidence: _evidence, ...rest } = swarm;
  const judgements = rest.judgements?.slice(0, NOTES);
  return {
    ...rest,
    task: short(swarm.task, TEXT_LENGTH),
    traits: [],
    answer: answer === null ? null : { ...answer, preview: short(answer.preview, TEXT_LENGTH) },
    ...(judgements === undefined ? {} : { judgements }),
    ...(rows === undefined
      ? {}
      : { rows: { ...rows, template: short(rows.template, NOTE_LENGTH), columns: [] } }),
  };
}

function short(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** Bytes of a value as JSON in UTF-8. Pure and workflow-safe. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  let bytes = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7ff) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code > 0x7f) bytes += 1;
  }
  return bytes;
}
