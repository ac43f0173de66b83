import { z } from 'zod';
import type { ToolRow } from '../tools/tool-row.js';
import { surfaceMethodSchema } from '../trial.js';
import { controlStageSchema, type CanaryKind, type ControlStage } from './canary.js';

/** What one check did on the base that a person approved, and what it noticed there. */
export const checkControlSchema = z.object({
  /** False = nothing can be compared. */
  isGreen: z.boolean(),
  /** True when there was no such check; absent = there was. */
  isAbsent: z.boolean().optional(),
  /** Tests that passed; null = it tells no number. */
  passed: z.number().int().nonnegative().nullable(),
  /** Variables with which it tells the number; absent = it does without. */
  countingEnv: z.record(z.string(), z.string()).optional(),
  method: surfaceMethodSchema,
  /** Files that it read. */
  reads: z.array(z.string()),
  /** Paths that it looked for and did not find. */
  misses: z.array(z.string()),
  /** Tracked files that it changed while it ran; absent = none. */
  writes: z.array(z.string()).optional(),
  stages: z.array(controlStageSchema),
  /** Names of the tools that it starts, as in the table; absent = none is known. */
  tools: z.array(z.string()).optional(),
  /** True when it looked for more files than were written down; absent = all are known. */
  isTraceCut: z.boolean().optional(),
});

/** See {@link checkControlSchema}. */
export type CheckControl = z.infer<typeof checkControlSchema>;

/** True when some canary was noticed. */
export function hasCanary(control: CheckControl): boolean {
  return control.stages.some(({ isRed }) => isRed);
}

/** Kinds of canaries that are tried together, in the order in which they are tried; `fallback` only when nothing else was noticed. */
export interface CanaryPlan {
  readonly groups: readonly (readonly CanaryKind[])[];
  readonly fallback: readonly (readonly CanaryKind[])[];
}

const CASES: readonly (readonly CanaryKind[])[] = [['existing-tests'], ['new-case', 'assertion']];

/** Which canaries suit a check that starts these tools; a check of unknown tools is tried as tests first. Pure. */
export function canaryPlan(tools: readonly ToolRow[]): CanaryPlan {
  const isTest = tools.some(({ kind }) => kind === 'test');
  const isFinding = tools.some(({ kind }) => kind === 'lint' || kind === 'types');
  // a check that does both may lose one of them
  if (isTest)
    return {
      groups: isFinding ? [...CASES, ['finding']] : CASES,
      fallback: isFinding ? [['unreadable']] : [],
    };
  if (isFinding) return { groups: [['finding']], fallback: [['unreadable']] };
  return { groups: CASES, fallback: [['unreadable']] };
}

/** Files of the stage in which something was noticed. */
export function heardPaths({ planted, heard, isRed }: ControlStage): string[] {
  if (!isRed) return [];
  return heard.length === 0 ? planted : [...new Set(heard.map(({ path }) => path))];
}
