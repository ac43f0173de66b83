import { describe, expect, it } from 'vitest';
import { renderHtmlReport } from '../../../src/report/html.js';
import { renderReport } from '../../../src/report/markdown.js';
import { renderPullRequest } from '../../../src/report/pull-request.js';
import { assumptionLines, questionLines, waitingStories } from '../../../src/report/questions.js';
import { runDocument } from '../../../src/report/run-document.js';
import { attemptRecord } from '../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../support/run-records.js';

const QUESTION = {
  question: 'Which port?\n# [x](http://evil)\u001b[2J',
  options: ['8080', '9090'],
  recommendation: '8080',
};
const stories = [
  storyRecord('US-001', { status: 'blocked', attempts: [attemptRecord({ question: QUESTION })] }),
  storyRecord('US-002', {
    status: 'passed',
    commit: 'c'.repeat(40),
    attempts: [
      attemptRecord({
        outcome: 'passed',
        assumptions: [{ question: 'A\nB?', assumed: '<b>C</b>' }],
      }),
    ],
  }),
  // asked once, and passed since
  storyRecord('US-003', {
    status: 'passed',
    attempts: [
      attemptRecord({ question: QUESTION }),
      attemptRecord({ number: 2, outcome: 'passed' }),
    ],
  }),
  storyRecord('US-004', { status: 'blocked', attempts: [attemptRecord({})] }),
];
const open = runRecord({ stories, endedAt: null });
const ended = runRecord({ stories, endedAt: '2026-11-29T01:00:00.000Z' });

describe('questions in reports', () => {
  it('are those of stories that wait, with the command while somebody listens', () => {
    expect(waitingStories(open)).toEqual([
      {
        story: 'US-001',
        question: QUESTION,
        command: `codetether runs answer ${open.runId} US-001 "..."`,
      },
    ]);
    expect(waitingStories(ended).map(({ command }) => command)).toEqual([null]);
    expect(waitingStories(runRecord())).toEqual([]);
  });

  it('are one line each, whatever is written in them', () => {
    expect(questionLines(open)).toHaveLength(1);
    expect(questionLines(open)[0]).toMatch(/^US-001 asks: Which port\?.*recommended: 8080$/);
    expect(questionLines(open)[0]).not.toMatch(/\n/);
    expect(assumptionLines(stories)).toEqual(['US-002: A B? Nobody answered; assumed: <b>C</b>']);
  });

  it('come before everything else on the page, and hold nothing that it obeys', () => {
    const text = renderReport(open);
    expect(text.indexOf('## Questions')).toBeLessThan(text.indexOf('## Run'));
    expect(text.indexOf('## Assumed')).toBeGreaterThan(text.indexOf('## Questions'));
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
    expect(text).not.toContain('\u001b');
    const page = renderHtmlReport(open);
    expect(page).toContain('<h2>Questions</h2>');
    expect(page).toContain('&lt;b&gt;C&lt;/b&gt;');
    expect(page).not.toContain('<b>C</b>');
    const { body } = renderPullRequest(ended);
    expect(body).toContain('**Assumed**');
    expect(renderReport(runRecord())).not.toMatch(/## (Questions|Assumed)/);
  });

  it('are in the document for programs', () => {
    expect(runDocument(open, new Date('2026-11-29T02:00:00Z'))['questions']).toEqual([
      {
        story: 'US-001',
        question: QUESTION.question,
        options: ['8080', '9090'],
        recommendation: '8080',
        answer_with: `codetether runs answer ${open.runId} US-001 "..."`,
      },
    ]);
  });
});
