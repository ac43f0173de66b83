import { markdownCode, markdownText, runSpending, type RunRecord } from '../../domain/index.js';
import {
  budgetLine,
  reasonLine,
  showDetails,
  spendingLine,
  waitLine,
} from '../lib/current-details.js';

/** Shows in Temporal's web interface how a question over an input stands. */
export function showRlm(record: RunRecord): void {
  const { rlm, options } = record;
  const input = rlm?.input;
  showDetails(`${record.status}: a question over an input`, [
    {
      lines: [
        markdownText(record.feature, 200),
        record.reason === '' ? undefined : `**why** ${reasonLine(record.reason)}`,
        waitLine(record.standstill),
        spendingLine(runSpending(record)),
        budgetLine(options.budget, 'limit'),
        input === null || input === undefined
          ? '**input** is being stored'
          : `**input** ${input.type}, ${input.bytes} bytes, ${input.lines} lines`,
        rlm?.route === null || rlm === undefined ? undefined : `**route** ${rlm.route}`,
        `**run** ${markdownCode(record.runId)}`,
      ],
    },
  ]);
}
