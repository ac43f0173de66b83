import {
  joinedOnce,
  MOST_DENIALS,
  MOST_REACHES,
  type AgentResult,
  type AgentState,
  type Reaches,
} from '../../../domain/index.js';
import type { EventBuffer } from '../../lib/event-buffer.js';

/** Keeps what reached beyond the walls, for the report; each is told once. */
export function noteReaches(
  { state, events }: { readonly state: AgentState; readonly events: EventBuffer },
  reaches: Reaches | undefined,
): void {
  if (reaches === undefined) return;
  const { reaches: known = [] } = state;
  const all = joinedOnce(known, reaches, MOST_REACHES);
  for (const { title, what } of all.slice(known.length))
    events.add('wall.reach', { text: `${title}: ${what}` });
  state.reaches = all;
}

/** Takes over what an agent below reached for and what rules refused it: it has told of them itself. */
export function takeNotes(
  state: AgentState,
  { reaches, denials }: Pick<AgentResult, 'reaches' | 'denials'>,
): void {
  if (reaches !== undefined) state.reaches = joinedOnce(state.reaches ?? [], reaches, MOST_REACHES);
  if (denials !== undefined) state.denials = joinedOnce(state.denials ?? [], denials, MOST_DENIALS);
}
