import {
  shortLine,
  type BlobRef,
  type HookEvent,
  type HookRun,
  type WorkspaceRef,
} from '../../domain/index.js';
import type { EventBuffer } from '../lib/event-buffer.js';
import type { Steps, StepResult } from '../lib/step.js';

/** Most that the hooks of one moment may take together. */
const HOOKS_MS = 11 * 60_000;
/** Most that hooks before and behind a call of a tool may take together. */
export const TOOL_HOOKS_MS = 20 * 60_000;
const TEXT_LIMIT = 900;
const FACT_LIMIT = 4000;

/** Whose hooks run, and where. */
export interface HookPlace {
  readonly steps: Steps;
  readonly events: EventBuffer;
  readonly workspace: WorkspaceRef;
  readonly definitions: BlobRef | undefined;
}

/** Runs the hooks of a moment, which whoever calls knows to be there, and tells of each; null where there is no place for them. */
export async function runMoment(
  { steps, events, workspace, definitions }: HookPlace,
  event: HookEvent,
  facts: Readonly<Record<string, string>>,
): Promise<StepResult<'runHooks'> | null> {
  if (definitions === undefined || workspace.id === 'none') return null;
  const given = Object.entries(facts).map(
    ([name, text]) => [name, text.slice(0, FACT_LIMIT)] as const,
  );
  const end = await steps.run('runHooks', {
    summary: `${event} hooks`,
    extraMs: HOOKS_MS,
    args: { event, workspace, definitions, facts: Object.fromEntries<string>(given) },
  });
  tellHooks(events, end.runs);
  return end;
}

/** An event for each hook that ran. */
export function tellHooks(events: EventBuffer, runs: readonly HookRun[]): void {
  for (const { event, command, outcome, said, durationMs } of runs) {
    const what = said === '' ? '' : `, ${said}`;
    events.add('hook.end', {
      text: shortLine(`${event} hook ${command}: ${outcome}${what}`, TEXT_LIMIT),
      data: { event, outcome, duration_ms: durationMs },
    });
  }
}
