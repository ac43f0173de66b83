import { z } from 'zod';
import {
  blobRefSchema,
  scriptAgentCallSchema,
  SHORT_VALUE,
  shortLine,
  subtaskSchema,
  type ScriptAgentCall,
  type ScriptTask,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import type { BlobStore } from '../../platform/index.js';
import type { ScriptCall } from '../../rlm/index.js';
import { storedValue } from './stored-value.js';

const TITLE_LENGTH = 100;
const INSTRUCTION_LENGTH = 500;
const QUESTION_LENGTH = 3000;
const REFUSAL_LENGTH = 500;

const common = { id: z.number().int().nonnegative() };

/** What a script asked for, as the run carries it out. */
export const askedCallSchema = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('agent'),
    title: z.string(),
    phase: z.string().nullable(),
    /** The beginning of what it is told, and all of it. */
    instruction: z.string(),
    instructionRef: blobRefSchema,
    /** JSON Schema that its last words have to fit. */
    schema: blobRefSchema.nullable(),
    agent: subtaskSchema.shape.agent,
    named: subtaskSchema.shape.named,
    touches: subtaskSchema.shape.touches,
    model: subtaskSchema.shape.model,
    contextWindow: subtaskSchema.shape.contextWindow,
    timeoutMs: subtaskSchema.shape.timeoutMs,
  }),
  z.object({ ...common, kind: z.literal('sleep'), milliseconds: z.number().nonnegative() }),
  z.object({
    ...common,
    kind: z.literal('ask'),
    question: z.string(),
    options: z.array(z.string()),
    /** What holds when nobody answers. */
    otherwise: z.union([
      z.object({ value: z.string().max(SHORT_VALUE) }),
      z.object({ ref: blobRefSchema }),
    ]),
  }),
  /** It cannot be carried out: it ends at once with this error. */
  z.object({ ...common, kind: z.literal('refused'), code: z.string(), message: z.string() }),
]);

/** See {@link askedCallSchema}. */
export type AskedCall = z.infer<typeof askedCallSchema>;

const sleepSchema = z.object({
  milliseconds: z
    .number()
    .nonnegative()
    .max(30 * 86_400_000),
});
const askSchema = z.object({
  question: z.string().min(1),
  options: z.array(z.string().max(300)).max(10),
  default: z.unknown().optional(),
});

/** Reads what a script passed; what is wrong with it is an end for the script. */
export async function askedCall(
  { id, kind, payload }: ScriptCall,
  task: ScriptTask,
  blobs: BlobStore,
): Promise<AskedCall> {
  const given: unknown = JSON.parse(payload);
  try {
    if (kind === 'sleep') return { id, kind, ...sleepSchema.parse(given) };
    if (kind === 'ask') return { id, ...(await asked(askSchema.parse(given), blobs)) };
    return await agentCall(id, scriptAgentCallSchema.parse(given), { task, blobs });
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const message = `${kind}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    return refused(id, 'TypeError', message);
  }
}

async function asked(
  { question, options, default: otherwise }: z.infer<typeof askSchema>,
  blobs: BlobStore,
) {
  const json = JSON.stringify(redactValues(otherwise ?? null));
  return {
    kind: 'ask' as const,
    question: redactText(question).slice(0, QUESTION_LENGTH),
    options: options.map(redactText),
    otherwise: await storedValue(json, blobs),
  };
}

const refused = (id: number, code: string, message: string): AskedCall => ({
  id,
  kind: 'refused',
  code,
  message: redactText(message).slice(0, REFUSAL_LENGTH),
});

async function agentCall(
  id: number,
  call: ScriptAgentCall,
  { task, blobs }: { readonly task: ScriptTask; readonly blobs: BlobStore },
): Promise<AskedCall> {
  const worker = workerOf(call.profile, task);
  if (worker === undefined)
    return refused(
      id,
      'UnknownProfileError',
      `there is no agent ${call.profile ?? ''}; there are ${['build', 'explore', 'plan', ...task.profiles.map(({ name }) => name)].join(', ')}`,
    );
  const fault = faultOf(call, task);
  if (fault !== undefined) return refused(id, fault.code, fault.message);
  const prompt = redactText(call.prompt);
  return {
    id,
    kind: 'agent',
    title: shortLine(redactText(call.label?.trim() || call.prompt), TITLE_LENGTH),
    phase: call.phase === undefined ? null : redactText(call.phase),
    instruction: shortLine(prompt, INSTRUCTION_LENGTH),
    instructionRef: await blobs.put(withSchema(prompt, call.schema)),
    schema: call.schema === undefined ? null : await blobs.put(JSON.stringify(call.schema)),
    ...worker,
    ...modelOf(call.model, task),
    ...(call.timeout === undefined
      ? {}
      : { timeoutMs: Math.max(1, Math.round(call.timeout * 1000)) }),
    touches: call.touches ?? [],
  };
}

/** What is wrong with a call that its agent could never put right: told before anybody is paid. */
function faultOf({ model, schema }: ScriptAgentCall, { models }: ScriptTask) {
  if (model?.includes('/') === true && models.every(({ name }) => name !== model))
    return {
      code: 'UnknownModelError',
      message: `there is no model ${model}: the script of a run names models as texts of its own or of its arguments, PROVIDER/MODEL; one of an agent has the model of that agent`,
    };
  const problem = schemaFault(schema);
  return problem === undefined
    ? undefined
    : { code: 'TypeError', message: `agent: schema: ${problem}` };
}

function schemaFault(schema: ScriptAgentCall['schema']): string | undefined {
  try {
    if (schema !== undefined) z.fromJSONSchema(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'it is none';
  }
}

/** The model that a call names; a name that is none here, as those of other tools, leaves it with the run's. */
function modelOf(name: string | undefined, { models }: ScriptTask) {
  const found = models.find((one) => one.name === name);
  return found === undefined ? {} : { model: found.model, contextWindow: found.contextWindow };
}

/** Names that scripts of other tools use for agents that are built in here. */
const BUILT_IN: Readonly<Record<string, 'build' | 'explore' | 'plan'>> = {
  build: 'build',
  general: 'build',
  'general-purpose': 'build',
  explore: 'explore',
  plan: 'plan',
};

function workerOf(profile: string | undefined, { profiles, mayWrite }: ScriptTask) {
  if (profile === undefined) return { agent: mayWrite ? ('build' as const) : ('explore' as const) };
  const named = profiles.find(({ name }) => name === profile);
  if (named !== undefined) return { agent: named.agent, named: named.name };
  const name = profile.toLowerCase();
  const agent = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  return agent === undefined ? undefined : { agent };
}

function withSchema(prompt: string, schema: ScriptAgentCall['schema']): string {
  if (schema === undefined) return prompt;
  return `${prompt}\n\nYour last message is one JSON value and nothing else, no sentence around it and no code fence. It fits this JSON Schema:\n${JSON.stringify(schema)}`;
}
