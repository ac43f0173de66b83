import { join } from 'node:path';
import { z } from 'zod';
import {
  blobRefSchema,
  judgeCall,
  MOST_SCRIPT_AGENTS,
  refusalText,
  SCRIPT_FOLDERS,
  scriptNameSchema,
  scriptTaskSchema,
  shortLine,
  workspaceRefSchema,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import { openWorkspace, readBounded, resolveInside } from '../../platform/index.js';
import { LONGEST_SCRIPT, readScript } from '../../rlm/index.js';
import { readDefinitions } from '../definitions/read-definitions.js';
import { defineStep } from '../lib/step.js';
import type { ScriptDependencies } from './script-dependencies.js';

const PROBLEM_LIMIT = 500;
/** Most bytes of one character. */
const BYTES_OF_ONE = 4;

const requestSchema = z.object({
  /** The text of the script; null = that of the name. */
  source: z.string().max(LONGEST_SCRIPT).nullable(),
  name: scriptNameSchema.nullable(),
  /** What the script is given. */
  args: z.unknown(),
  /** Where a name is looked for, and the rules of whoever asks. */
  workspace: workspaceRefSchema,
  definitions: blobRefSchema.optional(),
  mayWrite: scriptTaskSchema.shape.mayWrite,
  mostAgents: z.number().int().positive(),
  nowMs: scriptTaskSchema.shape.nowMs,
});

type Request = z.output<typeof requestSchema>;
type Found = { readonly text: string; readonly path: string } | { readonly problem: string };

/**
 * Reads the script of a call of the tool `script` and keeps it with its arguments, or says everything that is wrong with it, by line and column.
 * It names no models and no agents of people. Repeatable.
 */
export const prepareScriptStep = defineStep<ScriptDependencies>()({
  input: requestSchema,
  async run(request, { dependencies }) {
    const { blobs } = dependencies;
    const found = await findText(request, dependencies);
    if ('problem' in found) return { problem: found.problem };
    const text = redactText(found.text);
    const read = readScript(text);
    if ('problems' in read) {
      const lines = read.problems.map(
        ({ line, column, message }) =>
          `- line ${line}, column ${column}: ${shortLine(message, PROBLEM_LIMIT)}`,
      );
      return { problem: `the script cannot run, and nothing was started:\n${lines.join('\n')}` };
    }
    const source = await blobs.put(JSON.stringify({ text, nested: {} }));
    const { mayWrite, mostAgents, nowMs } = request;
    const task = scriptTaskSchema.parse({
      name: read.meta.name,
      path: found.path,
      source,
      args: await blobs.put(JSON.stringify(redactValues(request.args ?? null))),
      budgetTokens: null,
      mostAgents: Math.min(mostAgents, MOST_SCRIPT_AGENTS),
      seed: source.digest,
      nowMs,
      mayWrite,
      profiles: [],
      models: [],
      known: null,
    });
    return { task };
  },
});

async function findText(
  { source, name, workspace, definitions }: Request,
  { home, blobs }: ScriptDependencies,
): Promise<Found> {
  if (source !== null) return { text: source, path: '' };
  const folders = await openWorkspace(home, workspace);
  const { permissions } = await readDefinitions(definitions, blobs);
  for (const folder of SCRIPT_FOLDERS) {
    const path = join(folder, `${name ?? ''}.js`);
    const inside = await resolveInside(folders, path, 'read');
    if (!inside.isInside) continue;
    const ruling = judgeCall(permissions, { tool: 'read_file', subjects: [inside.path.relative] });
    if (ruling.effect !== 'allow') return { problem: refusalText('script', ruling) };
    const text = await textAt(inside.path.absolute);
    if (text !== null) return { text, path };
  }
  const where = SCRIPT_FOLDERS.map((folder) => join(folder, `${name ?? ''}.js`)).join(', ');
  return { problem: `there is no script ${name ?? ''}: looked for ${where}.` };
}

/** Null where there is no file that can be read. */
async function textAt(path: string): Promise<string | null> {
  try {
    return await readBounded(path, LONGEST_SCRIPT * BYTES_OF_ONE);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
