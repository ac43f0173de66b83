import { formatModelReference, markdownCode, markdownText } from '../../domain/index.js';
import { budgetLine, showDetails, spendingLine, waitLine } from '../lib/current-details.js';
import { describeSpending } from '../lib/summary.js';
import type { AgentSession } from './session.js';

const TODO_LIMIT = 120;

/** Shows in Temporal's web interface what the agent does now, what it has spent and what it still means to do. */
export function showAgent(session: AgentSession): void {
  const { input, state, spender, profile, last } = session;
  const where = input.story === undefined ? '' : `${markdownText(input.story, 60)}, `;
  showDetails(`${where}turn ${session.turn} of at most ${profile.limits.maxTurns}`, [
    {
      lines: [
        `**now** ${spender.isPaused ? 'paused: no model call before somebody resumes it' : markdownText(session.doing)}`,
        waitLine(spender.waiting),
        `**model** ${markdownCode(formatModelReference(input.model))}`,
        last === undefined ? undefined : `**last call** ${describeSpending(last)}`,
        spendingLine(state.spending),
        budgetLine(spender.leaseLeft(), 'left of its budget'),
        `**conversation** about ${state.contextTokens} of ${session.window} tokens`,
      ],
    },
    {
      heading: 'To do',
      lines: state.todos.map(
        ({ content, status }) =>
          `${status.replaceAll('_', ' ')}: ${markdownText(content, TODO_LIMIT)}`,
      ),
    },
  ]);
}
