import type { RemoteAgent } from '../../domain/index.js';
import type { UserFile } from '../schema.js';

const DEFAULT_TIMEOUT_S = 30;
const DEFAULT_OUTPUT = 50 * 1024;

/** The agents elsewhere, in the order of their names; a file that names one again replaces all of it. */
export function a2aSettings({ a2a = {} }: UserFile): RemoteAgent[] {
  return Object.entries(a2a.agents ?? {})
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, agent]) => ({
      name,
      url: agent.url,
      auth: agent.auth ?? 'none',
      transport: agent.transport ?? null,
      repeatsSends: agent.repeats_sends ?? false,
      timeoutMs: Math.round((agent.timeout_s ?? DEFAULT_TIMEOUT_S) * 1000),
      maxOutputBytes: agent.max_output ?? DEFAULT_OUTPUT,
    }));
}
