import type { StoryInput } from '../../contracts/index.js';
import {
  formatModelReference,
  markdownCode,
  markdownText,
  type AgentResult,
} from '../../domain/index.js';
import { budgetLine, showDetails, spendingLine } from '../lib/current-details.js';

/** Shows in Temporal's web interface where the attempt is: preparing, working, proving, or how it ended. */
export function showAttempt(input: StoryInput, phase: string, agent?: AgentResult): void {
  const { story, attempt, options, lane, base } = input;
  const steps = story.verificationSteps.length;
  showDetails(`${markdownText(story.id, 60)}, attempt ${attempt} of ${options.maxAttempts}`, [
    {
      lines: [
        markdownText(story.title),
        `**now** ${markdownText(phase, 300)}`,
        `**model** ${markdownCode(formatModelReference(options.model))}`,
        `**proof** ${input.checks.length} checks, ${steps} steps of its own`,
        agent === undefined ? undefined : spendingLine(agent.spending),
        budgetLine(input.lease, 'budget at its start'),
        `**lane** ${markdownCode(lane.id)} at ${markdownCode(base.slice(0, 12))}`,
      ],
    },
  ]);
}
