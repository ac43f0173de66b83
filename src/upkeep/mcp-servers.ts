import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import {
  environmentProxies,
  processEnvironment,
  type Config,
  type EnvironmentVariables,
} from '../config/index.js';
import {
  InvalidInputError,
  mcpSecretName,
  mcpToolRights,
  type McpServer,
} from '../domain/index.js';
import { withSecrets } from '../keys/index.js';
import {
  fetchThrough,
  loginStore,
  detectSandbox,
  findExecutable,
  homePaths,
  setHostEnvironment,
} from '../platform/index.js';
import { createMcpFamily, type McpFamily } from '../tools/index.js';

/** A server of tools as the configuration names it. */
export interface ListedServer {
  readonly name: string;
  readonly kind: 'stdio' | 'http';
  /** Command line or address. */
  readonly where: string;
  /** Files of an agent that it sees. */
  readonly folder: 'none' | 'read' | 'write';
  readonly network: 'none' | 'full';
  /** It gets a token out of Vault. */
  readonly hasToken: boolean;
  /** Why it cannot work, as far as that is seen without starting it; null = nothing is wrong. */
  readonly problem: string | null;
}

/** One tool of a server that was asked. */
export interface TestedTool {
  readonly name: string;
  readonly access: 'read' | 'execute';
  /** Estimated tokens of its schema, when an agent looks for it. */
  readonly schemaTokens: number;
  /** What the server says that it does; no right follows from it. */
  readonly hints: readonly string[];
}

/** What a server answered. */
export interface ServerTest {
  readonly name: string;
  /** What it calls itself. */
  readonly title: string;
  readonly protocol: string;
  readonly tools: readonly TestedTool[];
  readonly notes: readonly string[];
  readonly durationMs: number;
}

const CHARACTERS_A_TOKEN = 4;

/** The configured servers, without asking any of them. */
export function listMcpServers(
  { worker: { mcp } }: Pick<Config, 'worker'>,
  environment: EnvironmentVariables = processEnvironment(),
): ListedServer[] {
  setHostEnvironment(environment);
  return mcp.map(({ name, transport }) => {
    if (transport.kind === 'http')
      return {
        name,
        kind: 'http',
        where: transport.url,
        folder: 'none',
        network: 'full',
        hasToken: transport.auth === 'vault',
        problem: null,
      };
    return {
      name,
      kind: 'stdio',
      where: [transport.command, ...transport.args].join(' '),
      folder: transport.folder,
      network: transport.network,
      hasToken: transport.tokenEnv !== null,
      problem: isFound(transport.command) ? null : `${transport.command} is not on PATH`,
    };
  });
}

function isFound(command: string): boolean {
  return isAbsolute(command) ? existsSync(command) : findExecutable(command) !== undefined;
}

/**
 * Starts or asks one server, and lists its tools. Throws InvalidInputError `ERR_MCP_UNKNOWN` for a name that the configuration does not
 * have, and `ERR_MCP_SERVER` (exit 3) when it cannot be used.
 */
export async function testMcpServer(
  config: Config,
  name: string,
  environment: EnvironmentVariables = processEnvironment(),
): Promise<ServerTest> {
  const server = config.worker.mcp.find((candidate) => candidate.name === name);
  if (server === undefined) {
    const known = config.worker.mcp.map((candidate) => candidate.name);
    throw new InvalidInputError('ERR_MCP_UNKNOWN', {
      message: `there is no MCP server "${name}"`,
      hint:
        known.length === 0
          ? `describe it as [mcp.servers.NAME] in ${config.userFile}`
          : `servers are ${known.join(', ')}`,
    });
  }
  const startedAt = performance.now();
  return withServers(config, environment, async ({ pool }, workspace) => {
    const request = { server, workspace, signal: new AbortController().signal };
    const { tools, notes } = await pool.list(request);
    const connection = await pool.connect(request);
    return {
      name,
      title: connection.title,
      protocol: connection.protocol,
      tools: tools.map((tool) => ({
        name: tool.name,
        access: mcpToolRights(server, tool.name).isReading ? 'read' : 'execute',
        schemaTokens: tokensOf(tool),
        hints: tool.hints,
      })),
      notes,
      durationMs: Math.round(performance.now() - startedAt),
    };
  });
}

/** Tokens of a schema, estimated as a quarter of its characters. */
export function tokensOf(schema: object): number {
  return Math.ceil(JSON.stringify(schema).length / CHARACTERS_A_TOKEN);
}

/** Something with the configured servers, which are stopped behind it; where they are given files, these are of an empty folder. */
export async function withServers<Result>(
  config: Config,
  environment: EnvironmentVariables,
  action: (
    family: McpFamily,
    workspace: Parameters<McpFamily['pool']['list']>[0]['workspace'],
  ) => Promise<Result>,
): Promise<Result> {
  setHostEnvironment(environment);
  const scratch = await mkdtemp(join(tmpdir(), 'codetether-mcp-'));
  const [root, state, gitDir] = ['tree', 'state', 'git'].map((part) => join(scratch, part)) as [
    string,
    string,
    string,
  ];
  await Promise.all([root, state].map((folder) => mkdir(folder)));
  const family = createMcpFamily(await servicesOf(config, environment));
  try {
    return await action(family, { root, workdir: '.', state, gitDir, refPrefix: 'refs/none' });
  } finally {
    await family.pool.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function servicesOf(config: Config, environment: EnvironmentVariables) {
  return {
    servers: config.worker.mcp,
    folder: homePaths(config.home).mcp,
    sandbox: await detectSandbox(),
    masked: [config.home],
    fetch: fetchThrough(environmentProxies(environment)),
    readSecret: (name: McpServer['name']) =>
      withSecrets(config, environment, async (secrets) => {
        const { apiKey, headers = {} } = await secrets.readProviderSecret(mcpSecretName(name));
        return { token: apiKey, headers };
      }),
    oauthStore: (name: McpServer['name']) =>
      loginStore(mcpSecretName(name), (action) => withSecrets(config, environment, action)),
  };
}
