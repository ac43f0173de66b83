import { scriptSourceSchema, type ScriptTask } from '../../domain/index.js';
import type { BlobStore } from '../../platform/index.js';
import { scriptBody } from './script-source.js';
import type { ScriptProgram, ScriptSettings } from './script-step.js';

/** The statements of a script and of those that it may start by name, which were looked at before the run began, and its arguments. */
export async function readProgram(
  { source, args }: ScriptTask,
  blobs: BlobStore,
): Promise<ScriptProgram> {
  const { text, nested } = scriptSourceSchema.parse(JSON.parse(await blobs.getText(source)));
  return {
    body: scriptBody(text),
    nested: Object.fromEntries(
      Object.entries(nested).map(([name, other]) => [name, scriptBody(other)]),
    ),
    args: await blobs.getText(args),
  };
}

/** What a script runs with, beside its text and its arguments. Pure. */
export function settingsOf({ budgetTokens, mostAgents, seed, nowMs }: ScriptTask): ScriptSettings {
  return { budget: budgetTokens, mostAgents, seed, nowMs };
}
