import type { ForeignTools } from '../foreign-tools.js';
import type { ToolSchema } from '../tool-schema.js';
import type { AnyTool } from '../tool.js';
import { mcpToolName, type McpServer } from '../../domain/index.js';
import { McpServerError } from './failure.js';
import { createMcpTool } from './mcp-tool.js';
import { createServerPool, type ServerPool } from './server-pool.js';
import { serverTool } from './server-tool.js';
import type { McpServices } from './services.js';

/** What the configured servers give agents. */
export interface McpFamily {
  /** The tool `mcp`; none where no server is configured. */
  readonly tools: AnyTool[];
  /** The tools of the servers; undefined where no server is configured. */
  readonly foreign: ForeignTools | undefined;
  readonly pool: ServerPool;
}

/** The tools of MCP servers; no server is started before one of them is looked for or called. */
export function createMcpFamily(services: McpServices): McpFamily {
  const pool = createServerPool(services);
  const { servers } = services;
  if (servers.length === 0) return { tools: [], foreign: undefined, pool };
  return {
    tools: [createMcpTool(pool, servers)],
    foreign: {
      tool: (name) => serverTool(pool, servers, name),
      async schemas({ workspace, signal }) {
        const lists = await Promise.all(
          servers.map((server) => schemasOf(pool, { server, workspace, signal })),
        );
        return {
          schemas: lists.flatMap(({ schemas }) => schemas),
          notes: lists.flatMap(({ note }) => (note === undefined ? [] : [note])),
        };
      },
    },
    pool,
  };
}

async function schemasOf(
  pool: ServerPool,
  request: Parameters<ServerPool['list']>[0],
): Promise<{ readonly schemas: readonly ToolSchema[]; readonly note?: string }> {
  try {
    const { tools } = await pool.list(request);
    return { schemas: tools.map((tool) => schemaFor(request.server, tool)) };
  } catch (error) {
    request.signal.throwIfAborted();
    // One server that cannot be asked must not hide the others; a Vault that does not answer is no reason to wait for a search.
    const what = error instanceof Error ? error.message : String(error);
    const isOurs = error instanceof McpServerError;
    return { schemas: [], note: isOurs ? what : `MCP server ${request.server.name}: ${what}` };
  }
}

function schemaFor(
  { name: server }: McpServer,
  tool: {
    readonly name: string;
    readonly description: string;
    readonly schema: ToolSchema['parameters'];
  },
): ToolSchema {
  return {
    name: mcpToolName({ server, tool: tool.name }),
    description: tool.description,
    parameters: tool.schema,
  };
}
