import {
  formatModelReference,
  markdownCode,
  markdownText,
  type AgentInput,
  type AgentProfile,
  type AgentState,
} from '../../domain/index.js';
import { budgetLine, showDetails, spendingLine, waitLine } from '../lib/current-details.js';
import type { Spender } from '../lib/spender.js';
import { describeSpending, type LastCall } from '../lib/summary.js';

const ITEM_LIMIT = 120;

/** What of an agent at work is shown. */
export interface ShownAgent {
  readonly input: AgentInput;
  readonly profile: AgentProfile;
  readonly state: AgentState;
  readonly spender: Spender;
  readonly last: LastCall | undefined;
  /** What it does now. */
  readonly doing: string;
  readonly turn: number;
  readonly window: number;
}

/** Shows in Temporal's web interface what the agent does now, what it has spent and what it still means to do. */
export function showAgent(session: ShownAgent): void {
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
          `${status.replaceAll('_', ' ')}: ${markdownText(content, ITEM_LIMIT)}`,
      ),
    },
  ]);
}
