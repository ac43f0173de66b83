import type { AgentProfile } from '../domain/index.js';
import { BUILD_TOOLS, DEFAULTS } from './light/defaults.js';

/** The agent that works on stories; its prompt and tool schemas are frozen when a story begins. */
export function buildProfile(maxTurns: number): AgentProfile {
  const { maxCallsPerTurn, maxTotalTokens } = DEFAULTS;
  return {
    name: 'build',
    end: 'story',
    tools: [...BUILD_TOOLS],
    limits: { maxTurns, maxCallsPerTurn, maxTotalTokens },
  };
}
