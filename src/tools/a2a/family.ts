import type { AnyTool } from '../tool.js';
import { createA2aTool } from './a2a-tool.js';
import type { RemoteAgentServices } from './services.js';

/** The tool for agents elsewhere; none where the configuration names no agent. */
export function createA2aTools(services: RemoteAgentServices): AnyTool[] {
  return services.agents.length === 0 ? [] : [createA2aTool(services)];
}
