import {
  definitionsBelow,
  hookEventSchema,
  InvariantError,
  permissionsOf,
  skillCatalogue,
  toldTools,
  type BlobRef,
  type Definitions,
  type FrozenProfile,
  type NamedAgent,
} from '../../domain/index.js';
import { BUILD_TOOLS, taskTools, type TaskAgent } from '../../contracts/index.js';
import type { BlobStore } from '../../platform/index.js';
import { readDefinitions } from './read-definitions.js';

/** What an agent is told besides what all of its kind are, and the tools of which its schemas are kept. */
export interface AgentTexts {
  readonly more?: string;
  readonly tools?: readonly string[];
}

/** Keeps prompt and tool schemas of an agent that starts. */
export type FreezeAgent = (
  agent: 'story' | TaskAgent,
  texts?: AgentTexts,
) => Promise<{ readonly prompt: BlobRef; readonly toolset: BlobRef }>;

/** What an agent is started as. */
export interface FreezeRequest {
  readonly kind: 'story' | TaskAgent;
  /** A named agent of the definitions; absent = the built-in one of its kind. */
  readonly named?: string | undefined;
  /** What people defined for whoever starts it; absent = nothing. */
  readonly definitions?: BlobRef | undefined;
}

interface Desk {
  readonly blobs: BlobStore;
  readonly freezeAgent: FreezeAgent;
}

/**
 * Everything that makes an agent what it is, kept: so that an upgrade, or somebody who edits a file, changes nothing while it works. What
 * binds whoever starts it binds it too. Throws InvariantError `ERR_AGENT_NOT_FROZEN` for a name that the definitions do not hold.
 */
export async function frozenFor(
  { blobs, freezeAgent }: Desk,
  { kind, named, definitions: ref }: FreezeRequest,
): Promise<FrozenProfile> {
  if (ref === undefined && named === undefined) return freezeAgent(kind);
  const above = await readDefinitions(ref, blobs);
  const agent = named === undefined ? undefined : agentOf(above, named);
  if (agent === undefined)
    return {
      ...(await freezeAgent(kind)),
      ...knownOf(above),
      ...(ref === undefined ? {} : { definitions: ref }),
    };
  const tools = toldTools(kind === 'story' ? BUILD_TOOLS : taskTools(kind), agent);
  const own = definitionsBelow(above, permissionsOf(agent));
  const [texts, definitions] = await Promise.all([
    freezeAgent(kind, { tools, more: roleText(agent) }),
    blobs.put(JSON.stringify(own)),
  ]);
  return {
    ...texts,
    definitions,
    ...knownOf(own),
    name: agent.name,
    tools,
    ...(agent.access === 'read' ? { isReadOnly: true } : {}),
    ...(agent.model === undefined ? {} : { model: agent.model }),
    ...(agent.contextWindow === undefined ? {} : { contextWindow: agent.contextWindow }),
    ...(agent.maxTurns === undefined ? {} : { maxTurns: agent.maxTurns }),
  };
}

/** What of the definitions a workflow has to know. */
function knownOf({ hooks, agents }: Definitions): Pick<FrozenProfile, 'hookEvents' | 'agents'> {
  const events = hookEventSchema.options.filter((event) =>
    hooks.some((hook) => hook.event === event),
  );
  const known = agents.map(({ name, access }) => ({ name, access }));
  return {
    ...(events.length === 0 ? {} : { hookEvents: events }),
    ...(known.length === 0 ? {} : { agents: known }),
  };
}

function agentOf({ agents }: Definitions, name: string): NamedAgent {
  const found = agents.find((agent) => agent.name === name);
  if (found !== undefined) return found;
  throw new InvariantError('ERR_AGENT_NOT_FROZEN', {
    message: `the definitions of the run hold no agent "${name}"`,
    hint: 'this is a defect: report it; the run can be cancelled and started again',
  });
}

/** Stands behind the engine's own rules, which stay: whoever wrote the file of an agent may be a stranger. */
function roleText({ name, prompt }: NamedAgent): string {
  return prompt.trim() === '' ? '' : `Your role (${name})\n${prompt.trim()}`;
}

/** What an agent is told of named agents and skills that it may use; empty where there are none. */
export async function definedText(
  ref: BlobRef | undefined,
  { blobs, canHandOn }: { readonly blobs: BlobStore; readonly canHandOn: boolean },
): Promise<string> {
  const { agents, skills, guide } = await readDefinitions(ref, blobs);
  const handed = canHandOn ? agents : [];
  return [
    guide === undefined ? '' : `## Instructions of the owner (${guide.path})\n${guide.text.trim()}`,
    handed.length === 0 ? '' : `## Agents that task may start by name\n${skillCatalogue(handed)}`,
    skills.length === 0
      ? ''
      : `## Skills\nBefore work that one of these describes, take it up: use_tool {"name": "skill", "arguments": {"name": "…"}}\n${skillCatalogue(skills)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
