import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { z } from 'zod';
import {
  blobRefSchema,
  InvalidInputError,
  judgeCall,
  refusalText,
  rlmSourceSchema,
  workspaceRefSchema,
} from '../../domain/index.js';
import { conversationText, openWorkspace, resolveInside } from '../../platform/index.js';
import { ingestContext, type ContextInput } from '../../rlm/index.js';
import { readDefinitions } from '../definitions/read-definitions.js';
import { defineStep } from '../lib/step.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { tellRepl } from './tell-repl.js';

const beginRlmTaskSchema = z.object({
  question: z.string().min(1),
  source: rlmSourceSchema,
  workspace: workspaceRefSchema,
  /** Of the agent that asks; null = it has said nothing yet. */
  conversation: blobRefSchema.nullable(),
  maxIterations: z.number().int().positive(),
  /** Tools of the host that its code may call; absent = none. */
  tools: z.array(z.string()).optional(),
  /** What people defined for the agent that asks; absent = nothing. */
  definitions: blobRefSchema.optional(),
});

type Request = z.output<typeof beginRlmTaskSchema>;

/**
 * Stores what an agent asks about (files of its lane, a text, its own conversation), and what the one is told that answers. Repeatable. Fails with
 * `ERR_RLM_INPUT` for files that are absent, binary or lie outside of the lane.
 */
export const beginRlmTaskStep = defineStep<RlmDependencies>()({
  input: beginRlmTaskSchema,
  async run(request, { dependencies }) {
    const { blobs } = dependencies;
    const { question, source, maxIterations, tools = [] } = request;
    const type = source.kind === 'conversation' ? 'conversation' : 'auto';
    const inputs = await inputsOf(request, dependencies);
    const { ref, manifest } = await ingestContext(inputs, { blobs, type });
    const limits = {
      iterations: maxIterations,
      calls: null,
      levels: 0,
      schema: null,
      goesOn: null,
      tools,
    };
    return { context: ref, ...(await tellRepl(question, { manifest, limits }, dependencies)) };
  },
});

async function inputsOf(
  { source, workspace, conversation, definitions }: Request,
  { blobs, home }: RlmDependencies,
): Promise<ContextInput[]> {
  if (source.kind === 'text') return [only(source.text)];
  if (source.kind === 'conversation')
    return [only(conversation === null ? '' : await conversationText(conversation, blobs))];
  const folders = await openWorkspace(home, workspace);
  const { permissions } = await readDefinitions(definitions, blobs);
  return Promise.all(
    source.files.map(async (name): Promise<ContextInput> => {
      const answer = await resolveInside(folders, name, 'read');
      if (!answer.isInside) throw unusable(name, answer.reason);
      // by the path as it resolves: the rules saw it as it was written
      const call = { tool: 'read_file', subjects: [answer.path.relative] };
      const judgement = judgeCall(permissions, call);
      if (judgement.effect !== 'allow') throw unusable(name, refusalText('rlm', judgement));
      return { name, open: () => readFile(answer.path.absolute, name) };
    }),
  );
}

function only(text: string): ContextInput {
  return { name: '', open: () => Readable.from([Buffer.from(text)]) };
}

async function* readFile(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (error) {
    throw unusable(name, `${name}: it cannot be read (${(error as Error).message})`);
  }
}

function unusable(file: string, message: string): InvalidInputError {
  return new InvalidInputError('ERR_RLM_INPUT', {
    message,
    where: { file },
    hint: 'name text files of the working folder, found with glob',
  });
}
