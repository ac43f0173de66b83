import { z } from 'zod';
import {
  blobRefSchema,
  hookEventSchema,
  hookRunSchema,
  workspaceRefSchema,
} from '../../domain/index.js';
import { defineStep, journaledFields } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { readDefinitions } from './read-definitions.js';
import { runHooks } from './run-hooks.js';

/** Slots of hooks below the key of their own step. */
const FROM = 100;

const runHooksSchema = z.object({
  ...journaledFields,
  event: hookEventSchema,
  workspace: workspaceRefSchema,
  definitions: blobRefSchema,
  /** What they read, by name. */
  facts: z.record(z.string().max(64), z.string().max(4000)),
});

/**
 * Runs the hooks of one moment of an agent or a story, each once. Gives what they wrote as a blob, for whoever is told of it. Repeatable: what
 * has run is read back.
 */
export const runHooksStep = defineStep<RalphDependencies>()({
  input: runHooksSchema,
  endsByItself: true,
  holds: ({ workspace }) => [workspace.id],
  async run({ event, key, runId, workspace, definitions: ref, facts }, { dependencies, signal }) {
    const { blobs, home, journal, hookServices } = dependencies;
    if (hookServices === undefined) return { runs: [] };
    const definitions = await readDefinitions(ref, blobs);
    const { runs, denial, added } = await runHooks({ home, journal, hookServices }, definitions, {
      event,
      facts: { run_id: runId, ...facts },
      workspace,
      key,
      from: FROM,
      signal,
    });
    return {
      runs: z.array(hookRunSchema).parse(runs),
      ...(denial === undefined ? {} : { denial: denial.slice(0, 4000) }),
      ...(added === '' ? {} : { added: await blobs.put(added) }),
    };
  },
});
