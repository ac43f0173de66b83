import { buildProfile, taskProfile, TASK_AGENTS, type TaskAgent } from '../contracts/index.js';
import {
  groupsOf,
  InvalidInputError,
  permissionsOf,
  toldTools,
  type AgentProfile,
  type NamedAgent,
  type PermissionRule,
} from '../domain/index.js';
import { detectSandbox } from '../platform/index.js';
import { processEnvironment, type Config } from '../config/index.js';
import { findDefinitions, modelFinder, repositoryAround } from '../runs/index.js';
import {
  createMcpFamily,
  createServerPool,
  createToolRegistry,
  toolFamilies,
  webServices,
} from '../tools/index.js';
import { tokensOf, withServers } from './mcp-servers.js';

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

/** The agent that works on stories, by its name for people. */
const STORY_AGENT = 'story';
const TURNS = 1;

/**
 * The tools of an agent, or all that agents may have, ordered by name. Throws InvalidInputError `ERR_AGENT_UNKNOWN` for an agent
 * that there is not.
 */
export async function listTools(config: Config, agent?: string): Promise<ListedTool[]> {
  const { web, mcp, a2a } = config.worker;
  const sandbox = await detectSandbox();
  const held = { sandbox, masked: [] };
  const builtIn = toolFamilies({
    ...held,
    // none of them is called here
    servers: createServerPool(held),
    web: webServices(web, { readKey: () => Promise.resolve(''), fetch }),
    remote: { agents: a2a, readToken: () => Promise.resolve(''), fetch },
  });
  const families = { ...builtIn, mcp: mcpTools({ servers: mcp, sandbox }) };
  const familyOf = new Map(
    Object.entries(families).flatMap(([family, tools]) =>
      tools.map(({ name }) => [name, family] as const),
    ),
  );
  const registry = createToolRegistry(Object.values(families).flat());
  const profile = agent === undefined ? undefined : await profileOf(agent, config);
  return registry
    .all()
    .filter(
      (tool) =>
        tool.isOfRepl !== true &&
        (profile === undefined || (mayUse(profile, tool) && profile.mayCall(tool.name))),
    )
    .map(({ name, access, aliases = [], isDeferred, description }) => ({
      name,
      family: familyOf.get(name) ?? 'bridge',
      access,
      aliases,
      offered: isDeferred === true ? 'found' : 'told',
      schemaTokens: tokensOf(registry.toolSchemas([name])[0] ?? {}),
      description,
    }));
}

/** None of them is started here. */
function mcpTools(parts: Pick<Parameters<typeof createMcpFamily>[0], 'servers' | 'sandbox'>) {
  const readSecret = () => Promise.resolve({ token: '', headers: {} });
  return createMcpFamily({ ...parts, folder: '', masked: [], readSecret, fetch }).tools;
}

/**
 * The tools of the configured servers as these list them now, in the order of the servers, with what could not be asked. An agent that
 * only reads has those that the configuration lists as such.
 */
export async function listServerTools(
  config: Config,
  agent?: string,
): Promise<{ readonly tools: readonly ListedTool[]; readonly notes: readonly string[] }> {
  const profile = agent === undefined ? undefined : await profileOf(agent, config);
  return withServers(config, processEnvironment(), async ({ foreign }, workspace) => {
    const signal = new AbortController().signal;
    const listed = await foreign?.schemas({ workspace, signal });
    if (foreign === undefined || listed === undefined) return { tools: [], notes: [] };
    const tools = listed.schemas.flatMap((schema): ListedTool[] => {
      const tool = foreign.tool(schema.name);
      const isOffered =
        profile === undefined || (tool && mayUse(profile, tool) && profile.mayCall(schema.name));
      if (tool === undefined || isOffered !== true) return [];
      const { name, description } = schema;
      const { access } = tool;
      const schemaTokens = tokensOf(schema);
      return [
        { name, family: 'mcp', access, aliases: [], offered: 'found', schemaTokens, description },
      ];
    });
    return { tools, notes: listed.notes };
  });
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

/** A profile, and the tools of it that no rule of the agent takes away as a whole. */
interface ListedProfile extends AgentProfile {
  readonly mayCall: (tool: string) => boolean;
}

async function profileOf(agent: string, config: Config): Promise<ListedProfile> {
  const mayCall = (): boolean => true;
  if (agent === STORY_AGENT) return { ...buildProfile(TURNS), mayCall };
  const known: readonly TaskAgent[] = TASK_AGENTS;
  const found = known.find((name) => name === agent);
  if (found !== undefined) return { ...taskProfile(found, TURNS), mayCall };
  const named = await namedAgent(config, agent);
  const kind = taskProfile(named.access === 'read' ? 'explore' : 'build', TURNS);
  const sets = permissionsOf(named);
  return {
    ...kind,
    tools: toldTools(kind.tools, named),
    mayCall: (tool) =>
      sets.every(({ rules, otherwise }) => otherwise === 'allow' || rules.some(isAbout(tool))),
  };
}

function isAbout(name: string): (rule: PermissionRule) => boolean {
  return ({ effect, tool }) =>
    effect === 'allow' && (tool === '*' || tool === name || groupsOf(name).includes(tool));
}

async function namedAgent(config: Config, agent: string): Promise<NamedAgent> {
  const repository = await repositoryAround(process.cwd());
  const { definitions, warnings } = await findDefinitions({
    config,
    repository,
    findModel: modelFinder(config),
  });
  const found = definitions.agents.find(({ name }) => name === agent);
  if (found !== undefined) return found;
  const own = definitions.agents.map(({ name }) => name);
  throw new InvalidInputError('ERR_AGENT_UNKNOWN', {
    message: `there is no agent "${agent}"`,
    hint: `agents are ${[STORY_AGENT, ...TASK_AGENTS, ...own].join(', ')}${warnings.length === 0 ? '' : '; codetether agents list says what is not used'}`,
  });
}
