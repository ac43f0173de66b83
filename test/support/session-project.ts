import type { CommandResult } from './service-home.js';
import type { RalphProject } from './ralph-project.js';

/** The one document that `run --format json` prints, as far as tests look at it. */
export interface PromptDocument {
  readonly text: string;
  readonly session_id: string;
  readonly turn: number;
  readonly status: string;
  readonly reason: string;
  readonly model: string;
  readonly commit: string | null;
  readonly changed_files: readonly string[];
  readonly model_calls: number;
  readonly repeated_model_calls: number;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** `run … --format json` in `folder`. */
export async function say(
  project: RalphProject,
  folder: string,
  ...args: readonly string[]
): Promise<{ code: number; document: PromptDocument; stderr: string }> {
  const result = await project.run(folder, 'run', ...args, '--format', 'json');
  return {
    code: result.code,
    document: documentOf<PromptDocument>(result),
    stderr: result.stderr,
  };
}

/** The one document of a command. */
export function documentOf<Document>(result: CommandResult): Document {
  try {
    return JSON.parse(result.stdout) as Document;
  } catch {
    throw new Error(`no JSON document (exit ${result.code})\n${result.stdout}\n${result.stderr}`);
  }
}
