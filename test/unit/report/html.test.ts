import { describe, expect, it } from 'vitest';
import { renderHtmlReport } from '../../../src/report/html.js';
import { REPORT_OUTPUTS, reportRun } from '../../support/report-run.js';

const page = renderHtmlReport(reportRun(), REPORT_OUTPUTS);

describe('renderHtmlReport', () => {
  it('holds everything that the run knows', () => {
    const wanted = [
      '<h1>Carts &amp; &lt;checkout&gt;</h1>',
      'US-001 Add | sum &quot;prices&quot;',
      '<li>prices &lt; 0 are refused</li>',
      'expected: 3',
      'Changed what the checks mean: <code>test/cart.test.js</code>',
      '<code>codetether/kept/us-002</code>',
      '$0.0072',
      'codetether ralph merge 01hx3v6m2q8w0c5r7t9y1z3b5d',
      'Checks of the base',
      'prices are in cents',
      'skip your hooks',
      'because git ignores them: .env, dist/, 2 x node_modules',
    ];
    expect(wanted.filter((text) => !page.includes(text))).toEqual([]);
  });

  it('opens what failed and folds what passed', () => {
    expect(page.match(/<details open>/g)).toHaveLength(2);
    expect(page.match(/<details>/g)).toHaveLength(4);
  });

  it('is one file without script and without requests, whatever people and models wrote', () => {
    const attack = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u0007';
    const run = reportRun({
      project: attack,
      feature: attack,
      reason: attack,
      branch: attack,
      publishedBranch: attack,
      notes: [attack],
      stories: reportRun().stories.map((entry) => ({
        ...entry,
        branch: attack,
        reason: attack,
        story: { ...entry.story, id: attack, title: attack, description: attack },
        attempts: entry.attempts.map((attempt) => ({
          ...attempt,
          reason: attack,
          summary: attack,
          learnings: [attack],
          changedFiles: [attack],
          changedDefinitions: [attack],
          evidence: attempt.evidence.map((seen) => ({ ...seen, check: attack, command: attack })),
        })),
      })),
    });
    const attacked = renderHtmlReport(run, new Map([['e'.repeat(64), attack]]));
    expect(attacked).not.toMatch(/<(img|script|link|iframe)/i);
    expect(attacked).not.toMatch(/(src|href)\s*=\s*["']?(https?:|\/\/)/i);
    expect(attacked).not.toContain('\u0007');
    expect(attacked).toContain("default-src 'none'");
  });

  it('follows the reader’s colours and fits on paper', () => {
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('@media print');
  });
});
