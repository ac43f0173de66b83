import { markdownCode, markdownText, runSpending, type RunRecord } from '../../domain/index.js';
import { reasonLine, showDetails, spendingLine, waitLine } from '../lib/current-details.js';

/** Shows in Temporal's web interface how a session stands. */
export function showSession(record: RunRecord): void {
  const { session, stories, reason, standstill, feature, runId } = record;
  const open = stories.find(({ status }) => status === 'running');
  showDetails(`${record.status}: ${markdownText(feature === '' ? 'a session' : feature)}`, [
    {
      lines: [
        reason === '' ? undefined : `**why** ${reasonLine(reason)}`,
        waitLine(standstill),
        open === undefined ? undefined : `**now** ${markdownText(open.story.title)}`,
        spendingLine(runSpending(record)),
        `**prompts** ${stories.length}`,
        `**agent** ${markdownText(session?.agent ?? 'chat')}`,
        `**session** ${markdownCode(runId)}`,
      ],
    },
  ]);
}
