import { describe, expect, it } from 'vitest';
import { reportDocument } from '../../../src/report/document.js';
import { renderHtmlReport } from '../../../src/report/html.js';
import { renderReport } from '../../../src/report/markdown.js';
import { renderPullRequest } from '../../../src/report/pull-request.js';
import { attemptRecord } from '../../support/ralph-bench.js';
import { evidence, runRecord, storyRecord } from '../../support/run-records.js';

const why = 'package.json has no script "<test>"';
const notYet = evidence({ exitCode: null, absence: { kind: 'not-yet', why } });
const gone = evidence({ check: 'lint', exitCode: null, absence: { kind: 'gone', why } });
const record = runRecord({
  status: 'failed',
  stories: [
    storyRecord('US-001', {
      status: 'failed',
      attempts: [attemptRecord({ outcome: 'checks_failed', evidence: [notYet, gone] })],
    }),
  ],
  baseline: { base: 'b', evidence: [notYet], setup: null, failures: {} },
});
const outputs = new Map([[notYet.output.digest, 'not run: it would only repeat the reason']]);

describe('a report of checks that do not exist', () => {
  it('calls them absent in Markdown, and gone when they existed before', () => {
    const lines = renderReport(record, outputs).split('\n');
    const tree = '`0123456789`';
    const reason = 'package.json has no script "&lt;test>"';
    expect(lines.filter((line) => /^- .*npm test/.test(line))).toEqual([
      `- absent test: \`npm test\`, ${reason}, tree ${tree}, sandbox full`,
      `- **gone** lint: \`npm test\`, ${reason}, tree ${tree}, sandbox full`,
      `- absent test: \`npm test\`, ${reason}, tree ${tree}, sandbox full`,
    ]);
    expect(lines.join('\n')).not.toContain('not run:');
  });

  it('marks them in HTML, neither as passed nor as failed', () => {
    const page = renderHtmlReport(record, outputs);
    expect(page.match(/<span class="mark [a-z]*">[^<]*<\/span>/g)).toEqual([
      '<span class="mark wait">absent</span>',
      '<span class="mark ">✗ gone</span>',
      '<span class="mark wait">absent</span>',
    ]);
    expect(page).toContain('package.json has no script &quot;&lt;test&gt;&quot;');
  });

  it('tells machines why, and which did not exist on the base', () => {
    const document = reportDocument(record, outputs, new Date(0));
    expect(document).toMatchObject({
      red_base: [],
      absent_checks: [{ check: 'test', command: 'npm test', why }],
      baseline: [{ check: 'test', is_absent: true, absence: { kind: 'not-yet', why } }],
      attempts: [
        {
          evidence: [
            { check: 'test', exit_code: null, is_absent: true, absence: { kind: 'not-yet', why } },
            { check: 'lint', exit_code: null, is_absent: false, absence: { kind: 'gone', why } },
          ],
        },
      ],
    });
  });

  it('does not count them among the checks of a pull request', () => {
    const landed = storyRecord('US-001', {
      status: 'unverified',
      commit: 'c'.repeat(40),
      attempts: [attemptRecord({ outcome: 'unverified', evidence: [notYet] })],
    });
    expect(renderPullRequest(runRecord({ stories: [landed] })).body).toContain(
      'these commands ended with exit code 0:\n\n- none\n',
    );
  });
});
