import type { Tool } from '@modelcontextprotocol/client';
import { isRecord, mcpToolRights, type McpServer } from '../../domain/index.js';
import type { McpConnection, RequestLimits } from './connection.js';
import { boundSchema, cleanText, type ForeignSchema } from './foreign-schema.js';

/** A tool as its server lists it, made fit to be shown. */
export interface ListedMcpTool {
  /** The server's own name for it. */
  readonly name: string;
  readonly description: string;
  readonly schema: ForeignSchema;
  /** What the server says that it does; a hint for people, which gives no right. */
  readonly hints: readonly string[];
  /** It only runs as a task that goes on by itself after it was called (2025). */
  readonly isTask: boolean;
  /** What the library wants to know for a call. */
  readonly definition: Tool;
}

/** The tools of a server. */
export interface ToolListing {
  readonly tools: readonly ListedMcpTool[];
  /** What was left out, and why, for people. */
  readonly notes: readonly string[];
  /** For how long it holds, in milliseconds. */
  readonly ttlMs: number;
}

/** Of one server; more tools than these are no use to anybody. */
const MOST_TOOLS = 500;
const MOST_PAGES = 30;
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
const DESCRIPTION = 600;
/** Where a server does not say for how long its list holds. */
const DEFAULT_TTL_MS = 5 * 60_000;
const LONGEST_TTL_MS = 60 * 60_000;
/** A list that is stale at once is good for the call that it was read for. */
const SHORTEST_TTL_MS = 1000;
const LARGEST_DEFINITION = 64 * 1024;

/** The tools of a server that the configuration offers, in the order of the server; bounded, whatever it sends. */
export async function listTools(
  connection: McpConnection,
  server: McpServer,
  limits: RequestLimits,
): Promise<ToolListing> {
  if (!connection.offers('tools'))
    return { tools: [], notes: ['it offers no tools'], ttlMs: DEFAULT_TTL_MS };
  const tools = new Map<string, ListedMcpTool>();
  const notes = new Set<string>();
  let ttlMs = LONGEST_TTL_MS;
  let cursor: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const answer = await connection.listToolsPage(cursor, limits);
    ttlMs = Math.min(ttlMs, ttlOf(answer));
    for (const tool of answer.tools) {
      const why = whyLeftOut(tool, server, tools);
      if (why === undefined) tools.set(tool.name, listed(tool));
      else if (why !== '') notes.add(why);
    }
    const next = answer.nextCursor;
    if (next === undefined || next === '' || next === cursor)
      return { tools: [...tools.values()], notes: [...notes], ttlMs };
    if (tools.size >= MOST_TOOLS) break;
    cursor = next;
  }
  notes.add(`only its first ${tools.size} tools are offered`);
  return { tools: [...tools.values()], notes: [...notes], ttlMs };
}

/** Why a tool is not offered; empty where the person wanted it so. */
function whyLeftOut(
  { name }: Tool,
  server: McpServer,
  known: ReadonlyMap<string, unknown>,
): string | undefined {
  if (!NAME.test(name)) return 'tools with unusual names were left out';
  if (!mcpToolRights(server, name).isOffered) return '';
  if (known.has(name)) return 'tools of the same name were left out';
  return known.size >= MOST_TOOLS ? `only its first ${MOST_TOOLS} tools are offered` : undefined;
}

function listed(tool: Tool): ListedMcpTool {
  const { name, title, description = '', annotations = {}, inputSchema } = tool;
  const head = title ?? annotations.title;
  const said = cleanText(description, DESCRIPTION);
  const execution = 'execution' in tool && isRecord(tool.execution) ? tool.execution : {};
  const hints = [
    ...(annotations.readOnlyHint === true ? ['read-only'] : []),
    ...(annotations.destructiveHint === true ? ['destructive'] : []),
    ...(annotations.idempotentHint === true ? ['idempotent'] : []),
  ];
  return {
    name,
    description: said === '' ? cleanText(head ?? name, DESCRIPTION) : said,
    schema: boundSchema(inputSchema),
    hints,
    isTask: execution['taskSupport'] === 'required',
    definition: { name, inputSchema: isSmall(inputSchema) ? inputSchema : { type: 'object' } },
  };
}

/** A schema that is kept as it came, for the headers that it may ask for. */
function isSmall(schema: Tool['inputSchema']): boolean {
  return JSON.stringify(schema).length <= LARGEST_DEFINITION;
}

function ttlOf(answer: object): number {
  const ttl: unknown = 'ttlMs' in answer ? answer.ttlMs : undefined;
  if (typeof ttl !== 'number' || !Number.isFinite(ttl)) return DEFAULT_TTL_MS;
  return Math.max(SHORTEST_TTL_MS, Math.min(ttl, LONGEST_TTL_MS));
}
