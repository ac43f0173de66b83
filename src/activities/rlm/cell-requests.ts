import { HOST_TOOLS } from '../../contracts/index.js';
import {
  parseModelReference,
  replQuestionSchema,
  replToolCallSchema,
  shortLine,
  type BlobRef,
  type ModelReference,
  type ReplErrorCode,
  type ReplQuestion,
  type ReplRequest,
  type RlmTask,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import type { CellStep } from '../../rlm/index.js';
import { neededFor } from '../model/budget-reserve.js';
import type { RlmDependencies, RlmModels } from './rlm-dependencies.js';
import { promptMessages, readQuestion } from './sub-question.js';

type Asked = CellStep['questions'][number];

interface AskingCell {
  readonly task: RlmTask;
  readonly dependencies: RlmModels;
}

/** Why something cannot be asked. */
interface Refusal {
  readonly problem: string;
  readonly problemCode?: ReplErrorCode;
}

const NOTHING = { costMicroUsd: 0, tokens: 0, calls: 0 };
const PROBLEM_LENGTH = 500;
const NAME_LENGTH = 60;
/** Characters of the arguments of one call. */
const ARGUMENTS_LIMIT = 32 * 1024;

/** A question as the workflow is told of it: its text as a blob, and what it may cost. One that cannot be asked says why. */
export function requestOf(asked: Asked, cell: AskingCell): Promise<ReplRequest> {
  return asked.kind === 'tool' ? toolRequest(asked, cell) : questionRequest(asked, cell);
}

async function questionRequest(
  asked: Asked,
  { task, dependencies }: AskingCell,
): Promise<ReplRequest> {
  const { blobs } = dependencies;
  const read = readQuestion(asked.question);
  if ('problem' in read) return refused(asked, await blobs.put(asked.question), read);
  const question = { ...read, maxTokens: read.maxTokens ?? task.answerTokens ?? null };
  const ref = await blobs.put(JSON.stringify(question));
  const denied = question.tools?.find((name) => !mayCall(task, name));
  if (denied !== undefined) return refused(asked, ref, denial(task, denied));
  try {
    const needed = neededBy(asked, question, { task, dependencies });
    if (needed === undefined)
      return refused(asked, ref, { problem: `${question.model ?? ''} is no PROVIDER/MODEL` });
    return {
      id: asked.id,
      kind: asked.kind,
      question: ref,
      hasSchema: question.schema !== null,
      model: question.model,
      needed,
    };
  } catch (error) {
    if (question.model === null) throw error;
    return refused(asked, ref, { problem: (error as Error).message });
  }
}

/** What a question may cost at most; undefined where it names what is no model. Throws for a model that nobody has. */
function neededBy(
  { kind }: Asked,
  question: ReplQuestion,
  { task, dependencies }: AskingCell,
): ReplRequest['needed'] | undefined {
  const named = modelNamed(question.model);
  const model = named ?? task.subModel;
  const resolved = dependencies.providers.resolve(model);
  if (question.model !== null && named === undefined) return undefined;
  if (kind === 'rlm') return NOTHING;
  return neededFor({ ...promptMessages(question), model: model.model }, resolved);
}

/** Questions of an attempt before as they are asked now: what each may cost at most is that of the sub-model of now. */
export function requestsNow(
  requests: readonly ReplRequest[],
  {
    subModel,
    dependencies,
  }: { readonly subModel: ModelReference; readonly dependencies: RlmDependencies },
): Promise<ReplRequest[]> {
  const { blobs, providers } = dependencies;
  return Promise.all(
    requests.map(async (request) => {
      const { kind, model, problem } = request;
      if (kind !== 'llm' || model !== null || problem !== undefined) return request;
      const question = replQuestionSchema.parse(JSON.parse(await blobs.getText(request.question)));
      const asked = { ...promptMessages(question), model: subModel.model };
      return { ...request, needed: neededFor(asked, providers.resolve(subModel)) };
    }),
  );
}

/** The call of a tool as a conversation whose one message makes it: so it is carried out as any call of an agent. */
async function toolRequest(asked: Asked, { task, dependencies }: AskingCell): Promise<ReplRequest> {
  const { blobs } = dependencies;
  const parsed = replToolCallSchema.safeParse(JSON.parse(asked.question));
  const given = parsed.success ? JSON.stringify(parsed.data.arguments) : '';
  const kept = redactText(given);
  const question = await blobs.put(
    JSON.stringify({
      version: 1,
      parent: null,
      depth: 1,
      messages: [
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            {
              id: `cell-${asked.id}`,
              name: parsed.data?.tool ?? '',
              arguments: given.length > ARGUMENTS_LIMIT ? '' : kept,
              ...(kept === given ? {} : { isRedacted: true }),
            },
          ],
        },
      ],
    }),
  );
  if (!parsed.success)
    return refused(asked, question, {
      problem: 'a tool takes one object: await tool.grep({pattern: "…"})',
    });
  const { tool } = parsed.data;
  if (!mayCall(task, tool)) return refused(asked, question, denial(task, tool));
  if (given.length > ARGUMENTS_LIMIT)
    return refused(asked, question, {
      problem: `the arguments have more than ${ARGUMENTS_LIMIT} characters`,
    });
  return {
    id: asked.id,
    kind: 'tool',
    question,
    hasSchema: false,
    model: null,
    needed: NOTHING,
    tool,
  };
}

/** Passed, and one that only reads: whoever made the task may have been told anything. */
function mayCall({ tools = [] }: RlmTask, name: string): boolean {
  return tools.includes(name) && HOST_TOOLS.includes(name);
}

function denial(task: RlmTask, name: string): Refusal {
  const allowed = (task.tools ?? []).filter((tool) => mayCall(task, tool));
  const rest =
    allowed.length === 0 ? 'it was passed no tools' : `it may call ${allowed.join(', ')}`;
  const problem = `this code may not call ${shortLine(name, NAME_LENGTH)}: ${rest}`;
  return { problem, problemCode: 'DENIED' };
}

function refused(
  { id, kind }: Asked,
  question: BlobRef,
  { problem, ...kindOfProblem }: Refusal,
): ReplRequest {
  return {
    id,
    kind,
    question,
    hasSchema: false,
    model: null,
    needed: NOTHING,
    problem: problem.slice(0, PROBLEM_LENGTH),
    ...kindOfProblem,
  };
}

function modelNamed(name: string | null): ModelReference | undefined {
  if (name === null) return undefined;
  try {
    return parseModelReference(name);
  } catch {
    return undefined;
  }
}
