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
  const search = new ServerSearch(pool, services);
  if (servers.length === 0) return { tools: [], foreign: undefined, pool };
  return {
    tools: [createMcpTool(pool, servers)],
    foreign: {
      tool: (name) => serverTool(pool, servers, name),
      async schemas({ workspace, signal }) {
        const lists = await Promise.all(
          servers.map((server) => search.schemasOf({ server, workspace, signal })),
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

/** What a search waits for one server; its list is read on behind that, for the next one. */
const PATIENCE_MS = 5000;
/** A server that failed is not waited for again by searches within this time. */
const REMEMBERED_MS = 60_000;

interface ServerSchemas {
  readonly schemas: readonly ToolSchema[];
  readonly note?: string;
}

/** Asks servers for their tools for a search: one that cannot be asked must not hold up or hide the others. */
class ServerSearch {
  private readonly failures = new Map<string, { readonly note: string; readonly until: number }>();
  private readonly pool: ServerPool;
  private readonly now: () => number;

  constructor(pool: ServerPool, { now = Date.now }: McpServices) {
    this.pool = pool;
    this.now = now;
  }

  async schemasOf(request: Parameters<ServerPool['list']>[0]): Promise<ServerSchemas> {
    const { server, signal } = request;
    const failure = this.failures.get(server.name);
    if (failure !== undefined && failure.until > this.now())
      return { schemas: [], note: failure.note };
    const patience = AbortSignal.timeout(PATIENCE_MS);
    try {
      const { tools } = await this.pool.list({
        ...request,
        signal: AbortSignal.any([signal, patience]),
      });
      this.failures.delete(server.name);
      return { schemas: tools.map((tool) => schemaFor(server, tool)) };
    } catch (error) {
      signal.throwIfAborted();
      if (patience.aborted) {
        const late = `has not listed its tools within ${PATIENCE_MS / 1000} s; search again later`;
        return { schemas: [], note: `MCP server ${server.name} ${late}` };
      }
      // A Vault that does not answer is no reason to wait for a search.
      const what = error instanceof Error ? error.message : String(error);
      const note = error instanceof McpServerError ? what : `MCP server ${server.name}: ${what}`;
      this.failures.set(server.name, { note, until: this.now() + REMEMBERED_MS });
      return { schemas: [], note };
    }
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
