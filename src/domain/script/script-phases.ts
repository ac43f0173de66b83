import type { RunRecord } from '../run/ralph-run.js';
import { isSatisfied, type StoryStatus } from '../run/story.js';

/** One part of a script, with its agents by how they stand. */
export interface ScriptPhase {
  readonly title: string;
  readonly agents: number;
  readonly running: number;
  readonly done: number;
  /** Failed, stopped or blocked. */
  readonly failed: number;
}

/** Agents that belong to no part. */
export const NO_PHASE = '';

/** The parts of a script in the order in which it entered them, those without a part last; empty for other runs. Pure. */
export function scriptPhases({
  swarm,
  stories,
}: Pick<RunRecord, 'swarm' | 'stories'>): ScriptPhase[] {
  if (swarm?.script === undefined) return [];
  const phaseOf = new Map(swarm.traits.map(({ id, phase }) => [id, phase ?? NO_PHASE]));
  const statuses = new Map<string, StoryStatus[]>(swarm.script.phases.map((title) => [title, []]));
  for (const { story, status } of stories) {
    const title = phaseOf.get(story.id) ?? NO_PHASE;
    statuses.set(title, [...(statuses.get(title) ?? []), status]);
  }
  const phases = [...statuses].map(([title, all]) => ({
    title,
    agents: all.length,
    running: all.filter((status) => status === 'running').length,
    done: all.filter(isSatisfied).length,
    failed: all.filter((status) => FAILED.includes(status)).length,
  }));
  return [
    ...phases.filter(({ title }) => title !== NO_PHASE),
    ...phases.filter(({ title }) => title === NO_PHASE),
  ];
}

const FAILED: readonly StoryStatus[] = ['failed', 'blocked', 'skipped'];
