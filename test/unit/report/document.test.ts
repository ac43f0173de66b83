import { describe, expect, it } from 'vitest';
import { reportDocument } from '../../../src/report/document.js';
import { runDocument } from '../../../src/report/run-document.js';
import { REPORT_OUTPUTS, reportRun } from '../../support/report-run.js';

describe('reportDocument', () => {
  it('is the document of the run and every attempt with what its checks printed', () => {
    const now = new Date('2026-01-04T00:00:00Z');
    const document = reportDocument(reportRun(), REPORT_OUTPUTS, now);
    expect(document).toMatchObject(runDocument(reportRun(), now));
    expect(document['attempts']).toMatchObject([
      {
        story: 'US-001',
        number: 1,
        outcome: 'checks_failed',
        cost_usd: 0.0042,
        ignored_files: { files: ['.env', 'dist/'], more: 0, caches: { node_modules: 2 } },
      },
      { story: 'US-001', number: 2, changed_check_definitions: ['test/cart.test.js'] },
      { story: 'US-002', number: 1, evidence: [{ is_timed_out: true, exit_code: null }] },
    ]);
    expect(JSON.stringify(document)).toContain('expected: 3');
    expect(document['kept_branches']).toEqual([
      { story: 'US-002', branch: 'codetether/kept/us-002' },
    ]);
    expect(Object.keys(document).every((key) => /^[a-z_]+$/.test(key))).toBe(true);
  });
});
