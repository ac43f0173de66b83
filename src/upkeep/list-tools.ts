import { buildProfile, taskProfile, TASK_AGENTS, type TaskAgent } from '../contracts/index.js';
import { InvalidInputError, type AgentProfile } from '../domain/index.js';
import { detectSandbox } from '../platform/index.js';
import type { Config } from '../config/index.js';
import { createToolRegistry, toolFamilies, webServices } from '../tools/index.js';

/** A tool as it is listed. */
export interface ListedTool {
  readonly name: string;
  readonly family: string;
  readonly access: 'read' | 'write' | 'execute';
  /** Other names that models may use for it. */
  readonly aliases: readonly string[];
  /** `told`: its schema is in each request of the agent; `found`: the agent finds and calls it through `use_tool`. */
  readonly offered: 'told' | 'found';
  /** Tokens of its schema, estimated as a quarter of its characters. */
  readonly schemaTokens: number;
  readonly description: string;
}

const CHARACTERS_A_TOKEN = 4;
/** The agent that works on stories, by its name for people. */
const STORY_AGENT = 'story';
const TURNS = 1;

/**
 * The tools of an agent, or all that agents may have, ordered by name. Throws InvalidInputError `ERR_AGENT_UNKNOWN` for an agent
 * that there is not.
 */
export async function listTools(
  { worker: { web } }: Pick<Config, 'worker'>,
  agent?: string,
): Promise<ListedTool[]> {
  const families = toolFamilies({
    sandbox: await detectSandbox(),
    masked: [],
    // none of them is called here
    web: webServices(web, { readKey: () => Promise.resolve(''), fetch }),
  });
  const familyOf = new Map(
    Object.entries(families).flatMap(([family, tools]) =>
      tools.map(({ name }) => [name, family] as const),
    ),
  );
  const registry = createToolRegistry(Object.values(families).flat());
  const profile = agent === undefined ? undefined : profileOf(agent);
  return registry
    .all()
    .filter((tool) => tool.isOfRepl !== true && (profile === undefined || mayUse(profile, tool)))
    .map(({ name, access, aliases = [], isDeferred, description }) => ({
      name,
      family: familyOf.get(name) ?? 'bridge',
      access,
      aliases,
      offered: isDeferred === true ? 'found' : 'told',
      schemaTokens: Math.ceil(
        JSON.stringify(registry.toolSchemas([name])[0]).length / CHARACTERS_A_TOKEN,
      ),
      description,
    }));
}

interface Usable {
  readonly name: string;
  readonly access: string;
  readonly isDeferred?: true;
  readonly isCarrier?: true;
}

function mayUse(
  { tools, isReadOnly }: AgentProfile,
  { name, access, isDeferred, isCarrier }: Usable,
): boolean {
  if (isDeferred !== true) return tools.includes(name);
  // What it carries is looked at call by call.
  const isReading = access === 'read' || isCarrier === true;
  return tools.includes('use_tool') && (isReadOnly !== true || isReading);
}

function profileOf(agent: string): AgentProfile {
  if (agent === STORY_AGENT) return buildProfile(TURNS);
  const known: readonly TaskAgent[] = TASK_AGENTS;
  const found = known.find((name) => name === agent);
  if (found !== undefined) return taskProfile(found, TURNS);
  throw new InvalidInputError('ERR_AGENT_UNKNOWN', {
    message: `there is no agent "${agent}"`,
    hint: `agents are ${[STORY_AGENT, ...TASK_AGENTS].join(', ')}`,
  });
}
