import { Readable } from 'node:stream';
import { z } from 'zod';
import { blobRefSchema, replQuestionSchema, rlmTaskSchema } from '../../domain/index.js';
import { ingestContext, readManifest } from '../../rlm/index.js';
import { defineStep } from '../lib/step.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { tellRepl } from './tell-repl.js';

/** Stores the input of a question that a cell asks a REPL of its own, and what that is told. Repeatable. */
export const beginSubRlmStep = defineStep<RlmDependencies>()({
  input: z.object({
    question: blobRefSchema,
    /** Of the REPL that asks. */
    task: rlmTaskSchema,
  }),
  async run({ question: ref, task }, { dependencies }) {
    const { blobs } = dependencies;
    const question = replQuestionSchema.parse(JSON.parse(await blobs.getText(ref)));
    const { context, prompt, instruction, schema, tools = [] } = question;
    const stored =
      context === null
        ? { ref: task.context }
        : await ingestContext([{ name: '', open: () => Readable.from([Buffer.from(context)]) }], {
            blobs,
            type: 'auto',
          });
    const manifest = await readManifest(stored.ref, blobs);
    const shape = schema === null ? null : JSON.stringify(schema);
    const limits = {
      iterations: task.maxIterations,
      calls: null,
      levels: task.maxDepth - task.depth - 1,
      schema: shape,
      goesOn: null,
      tools,
    };
    const query = instruction === null ? prompt : `${prompt}\n\n${instruction}`;
    const [told, schemaRef] = await Promise.all([
      tellRepl(query, { manifest, limits }, dependencies),
      shape === null ? null : blobs.put(shape),
    ]);
    const passed = tools.length === 0 ? {} : { tools };
    return { context: stored.ref, schema: schemaRef, ...passed, ...told };
  },
});
