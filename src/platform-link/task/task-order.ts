import { createHash } from 'node:crypto';
import {
  type AutoApprove,
  type TaskMessage,
  type TaskPlace,
  type TaskSkill,
} from '../../domain/index.js';
import { isRecord, type PlatformTask } from '../wire/platform-task.js';
import { orderSchema, type Session, type StoredOrder } from './claim-record.js';
import { REVIEW_NOTE, stageOf } from './session.js';

/** What of a task's order does not come from the platform's task. */
export interface OrderContext {
  readonly server: string;
  /** See `ClaimRecord`. */
  readonly attempt: number;
  readonly autoApprove: AutoApprove;
  /** Names of our workspaces by the platform's ids; see `shareWorkspaces`. */
  readonly workspaces: ReadonlyMap<string, string>;
  /** Of earlier tasks of the same session. */
  readonly session: Session | undefined;
}

/** Kinds of tasks that ask for something else than an agent's work, or name paths of this machine. */
const OTHER_KINDS = new Set([
  'register_codebase',
  'register_workspace',
  'clone-repo',
  'clone_repo',
  'forage',
]);

const SKILLS: ReadonlyMap<string, TaskSkill> = new Map([
  ['swarm', 'swarm'],
  ['parallel', 'swarm'],
  ['multi-agent', 'swarm'],
  ['ralph', 'ralph'],
  ['rlm', 'rlm'],
]);

/** `provider/model`, as everywhere. */
const MODEL = /^[^/\s]+\/\S+$/;
const MESSAGE_ID_LIMIT = 256;
const LONGEST_TIMEOUT_S = 604_800;

/** Why a worker of this name and with these abilities leaves a task to others; undefined when it may ask for it. */
export function whyNotOurs(
  task: PlatformTask,
  own: {
    readonly name: string;
    readonly capabilities: readonly string[];
    readonly workspaces: ReadonlyMap<string, string>;
  },
): string | undefined {
  const target = task.targetAgent ?? textOf(task.metadata['target_agent_name']);
  if (target !== undefined && target !== '' && target !== own.name)
    return 'it is for another agent';
  const missing = task.capabilities.find((capability) => !own.capabilities.includes(capability));
  if (missing !== undefined) return `it needs the capability ${missing}`;
  if (OTHER_KINDS.has(task.kind)) return `tasks of the kind ${task.kind} are not done here`;
  if (task.codebase !== undefined && workspaceOf(task.codebase, own.workspaces) === undefined)
    return gitPlace(task) === undefined ? 'its codebase is none of ours' : undefined;
  return undefined;
}

/** The order for a task; the same task under the same circumstances gives the same order, to the order of its fields. */
export function orderOf(task: PlatformTask, context: OrderContext): StoredOrder {
  const { server, session, autoApprove } = context;
  const place = placeOf(task, context) ?? session?.place;
  const order: StoredOrder = {
    origin: 'platform',
    skill: skillOf(task, place),
    place,
    model: modelOf(task),
    autoApprove,
    branch: branchName(task.metadata['branch_name']) ?? session?.branch,
    limits: limitsOf(task),
    contextId: session?.contextId,
    message: {
      messageId: messageId(task.id, context),
      role: 'user',
      parts: partsOf(task, skillOf(task, place)),
    },
    platform: { server, taskId: task.id },
  };
  // As it comes back from the disk: what is handed in again must be the same bytes.
  return orderSchema.parse(JSON.parse(JSON.stringify(order)));
}

function skillOf(task: PlatformTask, place: TaskPlace | undefined): TaskSkill {
  const said = SKILLS.get(task.kind) ?? SKILLS.get(textOf(task.metadata['type']) ?? '');
  return said ?? (place === undefined ? 'chat' : 'code');
}

/** Names the task to the service: the same for each time that one attempt at it is handed in. */
function messageId(id: string, { server, attempt }: OrderContext): string {
  const end = attempt === 1 ? '' : `/${attempt}`;
  const plain = `platform/${server}/${id}${end}`;
  return plain.length <= MESSAGE_ID_LIMIT ? plain : `platform/${digest(`${server}/${id}`)}${end}`;
}

function partsOf(task: PlatformTask, skill: TaskSkill): TaskMessage['parts'] {
  const prompt = task.prompt.trim() === '' ? task.title : task.prompt;
  const parts: TaskMessage['parts'] = [{ kind: 'text', text: prompt }];
  const { prd } = task.metadata;
  if (isRecord(prd)) parts.push({ kind: 'data', data: prd, name: 'prd.json' });
  // then the words themselves are the PRD
  else if (skill === 'ralph') parts.push(prdFile(prompt));
  if (stageOf(task) === 'review') parts.push({ kind: 'text', text: REVIEW_NOTE });
  return parts;
}

function prdFile(text: string): TaskMessage['parts'][number] {
  const isJson = text.trimStart().startsWith('{');
  const bytes = Buffer.from(text).toString('base64');
  return { kind: 'file', bytes, name: isJson ? 'prd.json' : 'prd.md' };
}

function placeOf(task: PlatformTask, { workspaces }: OrderContext): TaskPlace | undefined {
  const name = task.codebase === undefined ? undefined : workspaceOf(task.codebase, workspaces);
  return name === undefined ? gitPlace(task) : { kind: 'workspace', name };
}

function workspaceOf(
  codebase: string,
  workspaces: ReadonlyMap<string, string>,
): string | undefined {
  return workspaces.get(codebase) ?? [...workspaces.values()].find((name) => name === codebase);
}

/** A repository that the platform names by address, without what it may have put in front of the host. */
function gitPlace({ metadata }: PlatformTask): TaskPlace | undefined {
  const text = textOf(metadata['git_url']) ?? textOf(metadata['clone_url']);
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  const ref = branchName(metadata['base_branch']);
  return { kind: 'git', url: url.href, ...(ref === undefined ? {} : { ref }) };
}

/** `provider/model`; older platforms write `provider:model`. */
function modelOf(task: PlatformTask): string | undefined {
  const said = textOf(task.metadata['model_ref']) ?? task.model ?? textOf(task.metadata['model']);
  if (said === undefined) return undefined;
  const slash = said.indexOf('/');
  const colon = said.indexOf(':');
  const isOld = colon > 0 && (slash === -1 || colon < slash);
  const reference = isOld ? `${said.slice(0, colon)}/${said.slice(colon + 1)}` : said;
  return MODEL.test(reference) && reference.length <= 200 ? reference : undefined;
}

function limitsOf(task: PlatformTask): StoredOrder['limits'] {
  const { swarm } = task.metadata;
  const said = isRecord(swarm) ? swarm : {};
  const timeout = said['timeout'] ?? said['timeout_secs'];
  const limits = {
    maxSubagents: countOf(said['max_subagents'], 1000),
    maxTurns: countOf(said['max_steps'], 10_000),
    timeoutS: countOf(timeout, LONGEST_TIMEOUT_S),
  };
  return Object.values(limits).some((limit) => limit !== undefined) ? limits : undefined;
}

/** A number of things, also written as text; undefined for what is none or too many. */
function countOf(value: unknown, most: number): number | undefined {
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= most
    ? count
    : undefined;
}

/** A name that git takes for a branch; undefined for every other value. */
export function branchName(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 200) return undefined;
  const parts = value.split('/');
  const isFine = parts.every(
    (part) =>
      /^[A-Za-z0-9_][\w.-]*$/.test(part) &&
      !part.endsWith('.lock') &&
      !part.endsWith('.') &&
      !part.includes('..'),
  );
  return isFine ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 2000 ? value : undefined;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
