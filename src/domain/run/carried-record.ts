import { isSatisfied } from './story.js';
import type { AttemptRecord, RunRecord, StoryRecord } from './ralph-run.js';
import { firstNames } from '../text/first-names.js';
import type { SwarmFacts } from '../swarm/swarm-facts.js';
import { shortLine } from '../text/markdown-text.js';

/** Names of files that an attempt takes along, and characters of all names together. */
const FILES = 40;
const FILE_CHARACTERS = 100_000;
const REASON = 300;
const SUMMARY = 300;

/**
 * The record of a run that goes on, as it travels with the message that starts it: what the next start builds on. What is left out stands
 * in the record on disk, and {@link withWholeAttempts} puts it back. Its size grows with the number of attempts, not with their files. Pure.
 */
export function carriedRecord(record: RunRecord): RunRecord {
  const characters = Math.floor(FILE_CHARACTERS / Math.max(1, record.stories.length));
  return {
    ...record,
    baseline: null,
    checks: [],
    notes: [],
    feature: '',
    ...(record.swarm === undefined ? {} : { swarm: carriedFacts(record.swarm) }),
    stories: record.stories.map((entry) =>
      carriedStory(entry, characters, record.swarm?.script !== undefined),
    ),
  };
}

/** Agents of a script are planned by nobody: they keep what they are called. */
function carriedFacts(swarm: SwarmFacts): SwarmFacts {
  const { script, traits, ...facts } = swarm;
  const kept = { ...facts, task: '', answer: null, evidence: [] };
  if (script === undefined) return { ...kept, traits: [] };
  const { task: _task, ...known } = script;
  return { ...kept, traits, script: { ...known, lines: [] } };
}

function carriedStory(entry: StoryRecord, characters: number, isScript: boolean): StoryRecord {
  const { story, status, attempts } = entry;
  const last = attempts.length - 1;
  const isDone = isSatisfied(status);
  return {
    ...entry,
    // the plan brings the rest again
    story: {
      ...story,
      title: isScript ? story.title : story.id,
      description: '',
      acceptanceCriteria: [],
      dependsOn: [],
      verificationSteps: [],
    },
    reason: shortLine(entry.reason, REASON),
    attempts: attempts.map((attempt, index) =>
      index === last
        ? cutAttempt(attempt, {
            characters,
            summary: isDone ? 0 : SUMMARY,
            reason: isDone ? 0 : REASON,
          })
        : withoutConversation(cutAttempt(attempt, { characters: 0, summary: 0, reason: 0 })),
    ),
  };
}

function cutAttempt(
  attempt: AttemptRecord,
  limits: { readonly characters: number; readonly summary: number; readonly reason: number },
): AttemptRecord {
  const { trial: _trial, leftOut: _leftOut, ...rest } = attempt;
  const { characters, summary, reason } = limits;
  return {
    ...rest,
    cut: { files: attempt.cut?.files ?? attempt.changedFiles.length },
    reason: reason === 0 ? '' : shortLine(attempt.reason, reason),
    summary: summary === 0 ? '' : attempt.summary.slice(0, summary),
    learnings: [],
    evidence: [],
    changedDefinitions: [],
    changedFiles: firstNames(attempt.changedFiles, { most: FILES, characters }),
  };
}

function withoutConversation({ conversation: _before, ...attempt }: AttemptRecord): AttemptRecord {
  return attempt;
}

/** True for a record with attempts that were cut to travel. */
export function hasCutAttempts({ stories }: Pick<RunRecord, 'stories'>): boolean {
  return stories.some(({ attempts }) => attempts.some(({ cut }) => cut !== undefined));
}

/** The record with its cut attempts as `stored` has them; what became of them since stays. Pure. */
export function withWholeAttempts(record: RunRecord, stored: RunRecord): RunRecord {
  const known = new Map(stored.stories.map(({ story, attempts }) => [story.id, attempts]));
  return {
    ...record,
    stories: record.stories.map((entry) => {
      const before = known.get(entry.story.id);
      if (before === undefined) return entry;
      return { ...entry, attempts: entry.attempts.map((attempt) => whole(attempt, before)) };
    }),
  };
}

function whole(attempt: AttemptRecord, before: readonly AttemptRecord[]): AttemptRecord {
  const stored = before.find(({ number }) => number === attempt.number);
  if (attempt.cut === undefined || stored === undefined || stored.cut !== undefined) return attempt;
  const { outcome, reason, evidence } = attempt;
  const isAsCut = reason === '' || reason === shortLine(stored.reason, REASON);
  return {
    ...stored,
    outcome,
    ...(isAsCut ? {} : { reason }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
}
