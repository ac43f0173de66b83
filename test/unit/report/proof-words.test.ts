import { describe, expect, it } from 'vitest';
import type { StoryRecord } from '../../../src/domain/run/ralph-run.js';
import type { Trial } from '../../../src/domain/proof/trial.js';
import { renderHtmlReport } from '../../../src/report/html.js';
import { renderReport } from '../../../src/report/markdown.js';
import { reportDocument } from '../../../src/report/document.js';
import { proofDocument, proofScreen } from '../../../src/report/proof-run.js';
import {
  canaryModeWords,
  flaggedFirst,
  isFlagged,
  trialDocument,
  trialLines,
} from '../../../src/report/proof-words.js';
import { renderPullRequest } from '../../../src/report/pull-request.js';
import { attemptRecord } from '../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../support/run-records.js';

const HOSTILE = 'a\nb\u001b[2J\u202e<script>alert(1)</script>|`.js';

const words = (check: string, kind: string, is: string) => ({ check, kind, is });

const PLAIN: Trial = {
  difference: [],
  method: 'trace',
  rounds: [{ round: 'story', isGreen: true, durationMs: 1000 }],
  canaries: [],
  counts: [],
  suspicious: [],
  flags: [],
  reasons: [],
};

const FULL: Trial = {
  ...PLAIN,
  difference: [{ path: HOSTILE, kind: 'configuration', change: 'added' }],
  rounds: [
    { round: 'story', isGreen: true, durationMs: 1000 },
    { round: 'base', isGreen: false, durationMs: 2000 },
    { round: 'own-configuration', isGreen: true, durationMs: 3000 },
  ],
  canaries: [
    { check: 'test', kind: 'existing-tests', is: 'noticed', files: ['test/a.js'], durationMs: 900 },
    { check: 'test', kind: 'new-case', is: 'unheard', files: [HOSTILE] },
    { check: 'lint', kind: 'finding', is: 'no-canary', files: [] },
  ],
  counts: [{ check: 'test', base: 3, story: null }],
  suspicious: [
    { path: 'a.js', line: 3, what: 'suppression', text: ['// eslint', 'disable'].join('-') },
  ],
  flags: [
    { code: 'own-configuration', text: `passes only with its own configuration: ${HOSTILE}` },
  ],
};

const tried = (id: string, trial?: Trial): StoryRecord =>
  storyRecord(id, {
    status: 'passed',
    commit: 'b'.repeat(40),
    attempts: [{ ...attemptRecord(), ...(trial === undefined ? {} : { trial }) }],
  });
const RECORD = runRecord({
  stories: [tried('US-001'), tried('US-002', FULL), tried('US-003', PLAIN)],
});
const orderIn = (text: string): string[] => [...text.matchAll(/US-00\d/g)].map(([id]) => id);

describe('how a story was tried', () => {
  it('is flags first, then rounds, canaries, counts and what changed, a line each', () => {
    const lines = trialLines(FULL);
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'Flag',
      'Rounds',
      'Canaries of test',
      'Canaries of lint',
      'Tests that pass in test',
      'Changed what checks mean (found by trace)',
    ]);
    expect(lines[1]).toBe(
      "Rounds: as it is green (1 s); with the base's definitions of the checks red (2 s); with its own configuration, and tests and values of the base green (3 s)",
    );
    expect(lines[4]).toBe('Tests that pass in test: 3 on the base, unknown now');
  });

  it('is never more than a line, whatever files are called', () => {
    const breaking = /\p{Cc}|\u202e/u;
    expect(trialLines(FULL).filter((line) => breaking.test(line))).toEqual([]);
  });

  it('is nothing where nothing was tried, and no rounds where the checks alone ran', () => {
    expect(trialLines(undefined)).toEqual([]);
    expect(trialLines(PLAIN)).toEqual([]);
    expect(trialLines({ ...PLAIN, counts: [{ check: 'test', base: 2, story: 3 }] })).toEqual([
      'Tests that pass in test: 2 on the base, 3 now',
    ]);
  });

  it('is whole for programs', () => {
    expect(trialDocument({ ...attemptRecord(), trial: FULL })).toEqual({
      flags: FULL.flags,
      reasons: [],
      rounds: [
        { round: 'story', is_green: true, duration_ms: 1000 },
        { round: 'base', is_green: false, duration_ms: 2000 },
        { round: 'own-configuration', is_green: true, duration_ms: 3000 },
      ],
      canaries: [
        { ...words('test', 'existing-tests', 'noticed'), files: ['test/a.js'], duration_ms: 900 },
        { ...words('test', 'new-case', 'unheard'), files: [HOSTILE], duration_ms: null },
        { ...words('lint', 'finding', 'no-canary'), files: [], duration_ms: null },
      ],
      tests_passed: FULL.counts,
      surface: FULL.difference,
      surface_method: 'trace',
      suspicious_lines: FULL.suspicious,
    });
    expect(trialDocument(undefined)).toBeNull();
    expect(trialDocument(attemptRecord())).toBeNull();
  });
});

describe('stories with flags', () => {
  it('come first, and the others stay in their order', () => {
    expect(RECORD.stories.map(isFlagged)).toEqual([false, true, false]);
    expect(flaggedFirst(RECORD.stories).map(({ story }) => story.id)).toEqual([
      'US-002',
      'US-001',
      'US-003',
    ]);
  });

  it.each([
    ['Markdown', renderReport(RECORD, new Map())],
    ['HTML', renderHtmlReport(RECORD, new Map())],
  ])('come first in %s', (_, text) => {
    expect(orderIn(text)[0]).toBe('US-002');
    expect(text).not.toContain('<script>alert(1)');
    expect(text).not.toContain('\u001b[2J');
    expect(text).toContain('passes only with its own configuration');
  });

  it('are named in a pull request with their flags, which address nobody', () => {
    const { body } = renderPullRequest(RECORD);
    const [, flagged = ''] = body.split('**Passed, with flags**:');
    expect(flagged).toMatch(/^\n\n- US-002: passes only with its own configuration: /);
    expect(body).not.toMatch(/<script|\u202e/);
  });
});

describe('how canaries were set', () => {
  it.each([
    ['off', 'off: nobody tried whether the checks still notice failures'],
    ['always', 'always tried'],
  ] as const)('is said in report and pull request where they are %s', (canaries, text) => {
    const record = runRecord({
      stories: [tried('US-001')],
      options: { ...RECORD.options, canaries },
    });
    expect(renderReport(record)).toContain(`\n- Canaries: ${text}\n`);
    expect(renderHtmlReport(record)).toContain(`<dd>${text}</dd>`);
    expect(renderPullRequest(record).body).toContain(`\n\nCanaries: ${text}.\n`);
    expect(proofScreen({ ...record, kind: 'proof' })).toContain(`\n  Canaries: ${text}\n`);
    expect(reportDocument(record, new Map(), new Date(0))).toMatchObject({ canaries });
    expect(proofDocument({ ...record, kind: 'proof' })).toMatchObject({ canaries });
  });

  it.each([
    ['auto', 'ralph'],
    ['off', 'swarm'],
  ] as const)('is not said where they are %s, in a run of kind %s', (canaries, kind) => {
    const options = { ...RECORD.options, canaries };
    expect(canaryModeWords(runRecord({ kind, options }))).toBeUndefined();
  });
});
