import { z } from 'zod';
import { swarmInputSchema } from '../../contracts/index.js';
import {
  budgetSchema,
  CodetetherError,
  formatModelReference,
  globTest,
  parseSwarmPlan,
  partitionFiles,
  partitionSubtasks,
  problemLine,
  strategyProblems,
  subtaskSchema,
  SwarmPlanInvalidError,
  type Message,
  type Subtask,
} from '../../domain/index.js';
import { redactText, redactValues } from '../../observability/index.js';
import { parseJsonDocument, sha256 } from '../../platform/index.js';
import { defineStep, journaledFields, type StepWork } from '../lib/step.js';
import { ask, spentSchema } from '../model/ask.js';
import { jsonPart, withRepair } from '../model/json-answer.js';
import { toModelFailure } from '../model/model-failure.js';
import type { SwarmModels } from './swarm-models.js';
import { DATA_SYSTEM_PROMPT, PLAN_SYSTEM_PROMPT, planPrompt, planRepair } from './plan-prompt.js';

/** Longest answer that is kept for a repair. */
const ANSWER_LIMIT = 96 * 1024;
const PROBLEMS_LIMIT = 30;
/** Files of one part of the data: more names than this tell an agent nothing. */
const PART_FILES_LIMIT = 400;

const planSwarmSchema = z.object({
  key: journaledFields.key,
  runId: journaledFields.runId,
  input: swarmInputSchema.pick({ task: true, strategy: true, maxSubagents: true, outline: true }),
  model: swarmInputSchema.shape.options.shape.model,
  budget: budgetSchema.optional(),
  previous: z.object({ answer: z.string(), problems: z.array(z.string()) }).nullable(),
});

type PlanSwarmCall = z.output<typeof planSwarmSchema>;

const planReplySchema = spentSchema.extend({
  /** Null when the answer is no valid plan. */
  subtasks: z.array(subtaskSchema).nullable(),
  problems: z.array(z.string()),
  /** The model's answer where it has to be repaired, else empty. */
  answer: z.string(),
});

type PlanReply = z.infer<typeof planReplySchema>;

/** Asks the model once to cut the task, and validates what it says; a bad plan is a result with problems. Fails as `callModel` does. */
export const planSwarmStep = defineStep<SwarmModels>()({
  input: planSwarmSchema,
  journal: {
    result: planReplySchema,
    identity: ({ input, model, previous }) => ({
      model: formatModelReference(model),
      task: sha256(`${input.strategy} ${input.maxSubagents} ${input.task}`),
      previous: previous === null ? null : sha256(previous.answer),
    }),
    countsStarts: true,
  },
  run: planOnce,
  explain: (error, { model }) => toModelFailure(error, model),
});

async function planOnce(call: PlanSwarmCall, work: StepWork<SwarmModels>): Promise<PlanReply> {
  const startedAt = Date.now();
  const { key, model, budget } = call;
  const question = { key, model, budget, messages: messagesOf(call), tools: [] };
  const { reply, cost } = await ask(work.dependencies, question, work);
  const answer = redactText(reply.message.content);
  const read = readPlan(answer, call.input);
  const isCutOff = reply.finishReason === 'length' && read.subtasks === null;
  return redactValues({
    ...read,
    problems: [...(isCutOff ? ['the answer was cut off: write less'] : []), ...read.problems],
    answer: read.subtasks === null ? answer.slice(0, ANSWER_LIMIT) : '',
    ...cost,
    repeatedCalls: work.earlierStarts,
    durationMs: Date.now() - startedAt,
  });
}

function messagesOf({ input, previous }: PlanSwarmCall): Message[] {
  const system = input.strategy === 'data' ? DATA_SYSTEM_PROMPT : PLAN_SYSTEM_PROMPT;
  const messages: Message[] = [
    { role: 'system', content: system },
    { role: 'user', content: redactText(planPrompt(input)) },
  ];
  return withRepair(messages, previous, planRepair);
}

/** A plan that holds, or everything that is wrong with it. */
export type ReadPlan =
  | { readonly subtasks: Subtask[]; readonly problems: string[] }
  | { readonly subtasks: null; readonly problems: string[] };

/** The plan in a model's answer, held to the rules of its strategy. Never throws. */
export function readPlan(answer: string, input: PlanSwarmCall['input']): ReadPlan {
  try {
    const { value } = parseJsonDocument(jsonPart(answer), 'the plan');
    const subtasks = input.strategy === 'data' ? dataSubtasks(value, input) : planned(value, input);
    const problems = strategyProblems(
      input.strategy,
      subtasks,
      (input.outline?.files ?? []).map(({ path }) => path),
    );
    if (problems.length > 0) return { subtasks: null, problems: bounded(problems) };
    return { subtasks: subtasks.map((subtask) => fitted(subtask, input)), problems: [] };
  } catch (error) {
    if (error instanceof SwarmPlanInvalidError)
      return { subtasks: null, problems: bounded(error.problems.map(problemLine)) };
    if (error instanceof PlanProblem || error instanceof CodetetherError)
      return { subtasks: null, problems: [error.message] };
    throw error;
  }
}

function bounded(problems: readonly string[]): string[] {
  return problems.slice(0, PROBLEMS_LIMIT).map((problem) => problem.slice(0, 500));
}

class PlanProblem extends CodetetherError {
  constructor(message: string) {
    super('ERR_SWARM_PLAN_INVALID', { message });
  }
}

function planned(value: unknown, { maxSubagents }: PlanSwarmCall['input']): Subtask[] {
  return [...parseSwarmPlan(value, { file: 'the plan', maxSubagents }).subtasks];
}

/** Without a repository nobody has files to touch. */
function fitted(subtask: Subtask, { outline }: PlanSwarmCall['input']): Subtask {
  return outline === null ? { ...subtask, touches: [], agent: 'explore' } : subtask;
}

const dataPlanSchema = z.object({
  input: z.array(z.string().min(1).max(400)).min(1).max(50),
  instruction: z.string().trim().min(1).max(16_000),
  parts: z.number().int().min(1),
  agent: z.enum(['build', 'explore']).default('build'),
});

/** The engine makes the parts: their union is the input, and no file is in two. */
function dataSubtasks(
  value: unknown,
  { outline, maxSubagents }: PlanSwarmCall['input'],
): Subtask[] {
  const parsed = dataPlanSchema.safeParse(value);
  if (!parsed.success) throw new PlanProblem(z.prettifyError(parsed.error));
  const { input, instruction, parts, agent } = parsed.data;
  if (outline === null)
    throw new PlanProblem('there is no repository whose files could be divided');
  if (outline.files.length < outline.fileCount)
    throw new PlanProblem(
      `the repository has ${outline.fileCount} files, more than can be divided; use another strategy or --input with a table`,
    );
  const tests = input.map(globTest);
  const files = outline.files.filter(({ path }) => tests.some((test) => test(path)));
  if (files.length === 0)
    throw new PlanProblem(`no file of the repository matches ${input.join(', ')}`);
  const least = Math.ceil(files.length / PART_FILES_LIMIT);
  const count = Math.min(maxSubagents, Math.max(parts, least));
  if (least > maxSubagents)
    throw new PlanProblem(
      `${files.length} files for at most ${maxSubagents} agents: name fewer files, or raise --max-subagents`,
    );
  return partitionSubtasks(instruction, partitionFiles(files, count), agent);
}
