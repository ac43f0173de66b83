import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RalphProject } from './ralph-project.js';

/** A subtask as it stands in a plan file. */
export interface PlanSubtask {
  readonly id: string;
  readonly instruction?: string;
  readonly depends_on?: readonly string[];
  readonly touches?: readonly string[];
  readonly agent?: string;
  readonly priority?: number;
}

/** The one document that `swarm --json` prints, as far as tests look at it. */
export interface SwarmDocument {
  readonly run_id: string;
  readonly workflow_id: string;
  readonly status: string;
  readonly reason: string;
  readonly finished: boolean;
  readonly verified: boolean;
  readonly branch: string | null;
  readonly head_commit: string;
  readonly answer: string | null;
  readonly subtasks: readonly {
    readonly id: string;
    readonly status: string;
    readonly reason: string;
    readonly attempts: number;
    readonly commit: string | null;
    readonly kept_branch: string | null;
    readonly files: readonly string[];
    readonly input_tokens: number;
    readonly duration_ms: number;
  }[];
  readonly verification: { readonly judges: readonly { readonly verdict: string }[] };
  readonly stats: Readonly<Record<string, number | null>>;
  readonly totals: {
    readonly model_calls: number;
    readonly repeated_model_calls: number;
    readonly cost_usd: number | null;
  };
}

/** Writes a plan file into `folder`, outside of what is committed; gives its path. */
export function writePlan(
  folder: string,
  subtasks: readonly PlanSubtask[],
  task = 'The task',
): string {
  const path = join(`${folder}-plan`, 'plan.json');
  mkdirSync(dirname(path), { recursive: true });
  const document = {
    task,
    subtasks: subtasks.map((subtask) => ({ instruction: `Do ${subtask.id}`, ...subtask })),
  };
  writeFileSync(path, JSON.stringify(document, null, 2));
  return path;
}

/** `swarm --json` in `folder`. */
export async function runSwarm(
  project: RalphProject,
  folder: string,
  ...args: readonly string[]
): Promise<{ code: number; document: SwarmDocument; stderr: string }> {
  const result = await project.run(folder, 'swarm', ...args, '--json');
  try {
    return {
      code: result.code,
      document: JSON.parse(result.stdout) as SwarmDocument,
      stderr: result.stderr,
    };
  } catch {
    throw new Error(`no JSON document (exit ${result.code})\n${result.stdout}\n${result.stderr}`);
  }
}

/** The subtask that a prompt is about; `join`, `plan` and `judge` for the run's own calls. */
export function subtaskOf(prompt: string): string {
  if (prompt.startsWith('Task:')) return prompt.includes('\n\nResults:\n') ? 'join' : 'plan';
  if (prompt.startsWith('You judge whether')) return 'judge';
  return /^# (\S+)/m.exec(prompt)?.[1] ?? '';
}
