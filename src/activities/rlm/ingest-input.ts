import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { earlierQuestionsSchema } from '../../contracts/index.js';
import {
  blobRefSchema,
  contentTypeSchema,
  InvalidInputError,
  workspaceRefSchema,
} from '../../domain/index.js';
import { createView, isNotFound } from '../../platform/index.js';
import {
  directPrompt,
  ingestContext,
  readManifest,
  type ContextInput,
  type StoredContext,
} from '../../rlm/index.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import type { RlmDependencies } from './rlm-dependencies.js';
import { tellRepl, type AskedLimits } from './tell-repl.js';

const ingestInputSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  events: journaledFields.events,
  query: z.string().min(1),
  /** Absolute paths, with the names that people know them by. */
  files: z.array(z.object({ name: z.string(), path: z.string() })),
  /** A text in place of files. */
  content: blobRefSchema.nullable(),
  type: z.union([contentTypeSchema, z.literal('auto')]),
  schema: blobRefSchema.nullable(),
  /** Input and REPL of an earlier question; null = the files are stored. */
  earlier: earlierQuestionsSchema.nullable(),
  maxIterations: z.number().int().positive(),
  maxCalls: z.number().int().positive().nullable(),
  levels: z.number().int().nonnegative(),
  /** Inputs up to so many tokens are answered by one call; 0 = none. */
  directTokens: z.number().int().nonnegative(),
  /** Tools that the code may call, and the folder that they see; absent = none. */
  tools: z
    .object({ names: z.array(z.string()), workspace: workspaceRefSchema, folder: z.string() })
    .optional(),
});

const ingestedSchema = z.object({
  context: blobRefSchema,
  facts: z.object({
    type: contentTypeSchema,
    format: z.string().nullable(),
    bytes: z.number().int().nonnegative(),
    lines: z.number().int().nonnegative(),
    replaced: z.number().int().nonnegative(),
    sources: z.number().int().nonnegative(),
  }),
  /** What the asking agent is told, and what it is offered. */
  prompt: blobRefSchema,
  frozen: z.object({ prompt: blobRefSchema, toolset: blobRefSchema }),
  /** JSON of the question with the whole input; null where it does not fit. */
  direct: blobRefSchema.nullable(),
  /** What a person should know of it; absent = nothing. */
  notes: z.array(z.string()).optional(),
});

/** Characters a token, on the careful side. */
const CHARACTERS_PER_TOKEN = 3;

/** Stores the input of a question, once, and what its agent is told about it. */
export const ingestInputStep = defineStep<RlmDependencies>()({
  input: ingestInputSchema,
  journal: {
    result: ingestedSchema,
    identity: ({ query, files, content, type, earlier }) => ({
      query,
      earlier: earlier?.context.digest ?? null,
      files: files.map(({ path }) => path).join('\n'),
      content: content?.digest ?? null,
      type,
    }),
  },
  run: ingest,
});

type IngestRequest = z.output<typeof ingestInputSchema>;

async function ingest(
  request: IngestRequest,
  { dependencies }: StepWork<RlmDependencies>,
): Promise<z.infer<typeof ingestedSchema>> {
  const { blobs } = dependencies;
  const { query, files, content, type } = request;
  const note = await openView(request, dependencies);
  const inputs: ContextInput[] =
    content === null
      ? files.map(({ name, path }) => ({ name, open: () => readFile(path, name) }))
      : [{ name: '', open: () => only(blobs.get(content)) }];
  const stored =
    request.earlier === null
      ? await ingestContext(inputs, { blobs, type })
      : {
          ref: request.earlier.context,
          manifest: await readManifest(request.earlier.context, blobs),
        };
  const { manifest } = stored;
  const schema = request.schema === null ? null : await blobs.getText(request.schema);
  const limits = limitsOf(request, schema);
  const [told, direct] = await Promise.all([
    tellRepl(query, { manifest, limits }, dependencies),
    directQuestion(request, { stored, dependencies, schema }),
  ]);
  return {
    context: stored.ref,
    facts: {
      type: manifest.type,
      format: manifest.format ?? null,
      bytes: manifest.bytes,
      lines: manifest.lines,
      replaced: manifest.replaced,
      sources: manifest.sources.length,
    },
    ...told,
    direct,
    ...(note === undefined ? {} : { notes: [note] }),
  };
}

/**
 * The folder that tools see, where code is passed some. A question that goes on may do so without it: its tools then fail, each with an
 * error that its code sees. Gives what is to be said of that.
 */
async function openView(
  { tools, earlier }: IngestRequest,
  { home }: RlmDependencies,
): Promise<string | undefined> {
  if (tools === undefined) return undefined;
  try {
    await createView(home, tools.workspace.id, tools.folder);
    return undefined;
  } catch (error) {
    if (earlier === null || !(error instanceof InvalidInputError)) throw error;
    return `tools of its code fail: ${error.message}`;
  }
}

function limitsOf(
  { maxIterations, maxCalls, levels, tools, earlier }: IngestRequest,
  schema: string | null,
): AskedLimits {
  const isOpen = (earlier?.journal ?? null) !== null;
  return {
    iterations: maxIterations,
    calls: maxCalls,
    levels,
    schema,
    goesOn: isOpen ? (earlier?.questions ?? []) : null,
    tools: tools?.names ?? [],
  };
}

/** The whole input as one question, where it fits; null else. */
async function directQuestion(
  { query, directTokens }: IngestRequest,
  given: {
    readonly stored: StoredContext;
    readonly dependencies: RlmDependencies;
    readonly schema: string | null;
  },
) {
  const { stored, dependencies, schema } = given;
  const { manifest } = stored;
  if (manifest.bytes / CHARACTERS_PER_TOKEN > directTokens) return null;
  const { blobs } = dependencies;
  const parts = await Promise.all(manifest.blocks.map(({ ref }) => blobs.getText(ref)));
  return blobs.put(
    JSON.stringify({
      prompt: directPrompt(query, parts.join('')),
      instruction: null,
      schema: schema === null ? null : (JSON.parse(schema) as object),
      model: null,
      maxTokens: null,
      context: null,
      round: 0,
    }),
  );
}

async function* readFile(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
      yield chunk as Uint8Array;
  } catch (error) {
    const why = isNotFound(error) ? 'is not there any more' : (error as Error).message;
    throw new InvalidInputError('ERR_RLM_INPUT', {
      message: `the input cannot be read: it ${why}`,
      where: { file: name },
      hint: 'give files that can be read until the run has stored them',
      cause: error,
    });
  }
}

async function* only(bytes: Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await bytes;
}
