import { joinedReaches, type AgentState, type Reaches } from '../../../domain/index.js';
import type { EventBuffer } from '../../lib/event-buffer.js';

/** Keeps what reached beyond the walls, for the report; each is told once. */
export function noteReaches(
  { state, events }: { readonly state: AgentState; readonly events: EventBuffer },
  reaches: Reaches | undefined,
): void {
  if (reaches === undefined) return;
  const { reaches: known = [] } = state;
  const all = joinedReaches(known, reaches);
  for (const { title, what } of all.slice(known.length))
    events.add('wall.reach', { text: `${title}: ${what}` });
  state.reaches = all;
}
