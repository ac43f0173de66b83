import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RalphProject } from './ralph-project.js';
import type { ModelTask, ScriptedReply } from './scripted-model.js';

/** The one document that `rlm --json` prints, as far as tests look at it. */
export interface RlmDocument {
  readonly run_id: string;
  readonly status: string;
  readonly reason: string;
  readonly content_type: string | null;
  readonly input_tokens: number;
  readonly answer: string | null;
  readonly value: unknown;
  readonly evidence: readonly {
    readonly quote: string;
    readonly start: number;
    readonly end: number;
    readonly line: number;
    readonly source: string;
  }[];
  readonly route: string | null;
  readonly iterations: number;
  readonly sub_queries: number;
  readonly depth: number;
  readonly calls: number;
  readonly state_hash: string;
  readonly stats: Readonly<Record<string, number>>;
  readonly totals: {
    readonly model_calls: number;
    readonly repeated_model_calls: number;
    readonly input_tokens: number;
  };
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly notes: readonly string[];
  readonly cells?: readonly { readonly kind: string; readonly code?: string }[];
}

/** A folder with files, each by its name. */
export function inputFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ct-rlm-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** `rlm --json` in `folder`. */
export async function askRlm(
  project: RalphProject,
  folder: string,
  ...args: readonly string[]
): Promise<{ code: number; document: RlmDocument; stderr: string }> {
  const result = await project.run(folder, 'rlm', ...args, '--json');
  try {
    return {
      code: result.code,
      document: JSON.parse(result.stdout) as RlmDocument,
      stderr: result.stderr,
    };
  } catch {
    throw new Error(`no JSON document (exit ${result.code})\n${result.stdout}\n${result.stderr}`);
  }
}

/** A message of code. */
export function js(code: string): ScriptedReply {
  return { content: `\`\`\`js\n${code}\n\`\`\`` };
}

/** True for a request of the model that writes code; the others are questions of its code. */
export function isRoot({ prompt }: ModelTask): boolean {
  return prompt.startsWith('Question: ') && prompt.includes('\nInput: ');
}
