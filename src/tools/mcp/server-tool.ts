import type { CallToolResult } from '@modelcontextprotocol/client';
import { z } from 'zod';
import {
  mcpToolName,
  mcpToolRights,
  parseMcpToolName,
  visibleLine,
  InvalidInputError,
  type McpServer,
  type McpToolName,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { sha256 } from '../../platform/index.js';
import { defineTool, toolError, type AnyTool, type ToolContext, type ToolOutput } from '../tool.js';
import { callOnce } from './call-once.js';
import { mayRunTasks, type CallOutcome, type McpConnection } from './connection.js';
import { McpServerError } from './failure.js';
import { checkArguments } from './foreign-schema.js';
import { overheard, progressOf, shownResult, shownText } from './result-text.js';
import type { ServerPool } from './server-pool.js';
import { followTask, startedTask } from './tasks/task-call.js';
import type { ListedMcpTool } from './tool-list.js';

const MARGIN_MS = 30_000;
const SCHEMA_SHOWN = 6000;
const MOST_ARGUMENTS = 1024 * 1024;
/** Checked against what the server lists when the call is carried out. */
const parameters = z.record(z.string(), z.unknown());

/** A tool of a server that the configuration names. */
interface ServerTool {
  readonly pool: ServerPool;
  readonly server: McpServer;
  readonly name: McpToolName;
}

/**
 * The tool of this name, made from what the configuration says alone: which arguments it takes, and whether there is such a tool, is
 * asked of its server when it is called. Undefined for a name of another form, of no server, or of a tool that is not offered.
 */
export function serverTool(
  pool: ServerPool,
  servers: readonly McpServer[],
  fullName: string,
): AnyTool | undefined {
  const name = parseMcpToolName(fullName);
  const server = servers.find((candidate) => candidate.name === name?.server);
  if (name === undefined || server === undefined) return undefined;
  const { isOffered, isReading } = mcpToolRights(server, name.tool);
  if (!isOffered) return undefined;
  const tool: ServerTool = { pool, server, name };
  return defineTool({
    name: fullName,
    description: `A tool of the MCP server ${server.name}.`,
    isDeferred: true,
    // What it does lies outside: it is to be seen as an event of its own.
    standsAlone: true,
    parameters,
    execution: 'activity',
    access: isReading ? 'read' : 'execute',
    title: (input) => visibleLine(`${fullName}: ${JSON.stringify(input)}`).slice(0, 200),
    timeoutMs: () => 2 * server.startTimeoutMs + 2 * server.timeoutMs + MARGIN_MS,
    // Its program keeps the files of the lane until the agent has ended.
    leavesRunning: () => server.transport.kind === 'stdio' && server.transport.folder !== 'none',
    execute: (input, context) =>
      resultOf(() =>
        context.followUp === undefined
          ? callTool(tool, input, context)
          : followTask(taskDesk(tool, context), context.followUp, context),
      ),
  });
}

/** What a server failed at is a result for the model; a Vault that does not answer is waited for. */
export async function resultOf(work: () => Promise<ToolOutput>): Promise<ToolOutput> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof McpServerError) return toolError(`${error.message}.`);
    if (error instanceof InvalidInputError) return toolError(`Not called: ${error.message}.`);
    throw error;
  }
}

async function callTool(
  tool: ServerTool,
  input: Readonly<Record<string, unknown>>,
  context: ToolContext,
): Promise<ToolOutput> {
  const { pool, server, name } = tool;
  const call = JSON.stringify(input);
  if (redactText(call) !== call)
    return toolError('Not called: the arguments hold what looks like a secret key.');
  if (call.length > MOST_ARGUMENTS) return toolError('Not called: the arguments are too long.');
  const place = { server, workspace: context.workspace, signal: context.signal };
  const { tools } = await pool.list(place);
  const listed = tools.find((candidate) => candidate.name === name.tool);
  if (listed === undefined) return toolError(unknownTool(server, tools));
  if (listed.isTask && !mayRunTasks(server))
    return toolError(
      `${mcpToolName(name)} runs as a task of its own, and its server writes into these files: nothing of it may go on beside you.`,
    );
  const wrong = checkArguments(listed.schema, input);
  if (wrong !== undefined) return toolError(wrongArguments(name, wrong, listed));
  // Before anything is noted: a server that does not start has done nothing.
  const connection = await pool.connect(place);
  return callOnce(context, {
    call: `${mcpToolName(name)} ${call}`,
    isRepeatable: mcpToolRights(server, name.tool).isRepeatable,
    writesFiles: writesFiles(server),
    run: () => resultOf(() => makeCall(tool, { connection, listed, input, context })),
  });
}

function writesFiles({ transport }: McpServer): boolean {
  return transport.kind === 'stdio' && transport.folder === 'write';
}

interface PreparedCall {
  readonly connection: McpConnection;
  readonly listed: ListedMcpTool;
  readonly input: Readonly<Record<string, unknown>>;
  readonly context: ToolContext;
}

async function makeCall(
  { server }: ServerTool,
  { connection, listed, input, context }: PreparedCall,
): Promise<ToolOutput> {
  if (listed.isTask) return makeTask(server, { connection, listed, input, context });
  const outcome = await connection.callTool({
    definition: listed.definition,
    input,
    answers: context.answers,
    signal: context.signal,
  });
  if (outcome.task !== undefined) return startedTask({ server, now: Date.now }, outcome.task);
  if (outcome.asked !== undefined) return asking(server, outcome.asked);
  if (outcome.result === undefined) return toolError(`MCP server ${server.name} gave no result.`);
  const shown = await showResult(server, outcome.result, context);
  // The model may ask the person by itself, or make the call by itself where the question was that of another one.
  return outcome.meanwhile === undefined
    ? shown
    : { ...shown, text: `${shown.text}\n${overheard(server.name, outcome.meanwhile.question)}` };
}

async function makeTask(
  server: McpServer,
  { connection, listed, input, context }: PreparedCall,
): Promise<ToolOutput> {
  if (!connection.offersTasks)
    return toolError(
      `MCP server ${server.name} says that ${listed.name} only runs as a task, and does not offer tasks.`,
    );
  const task = await connection.tasks.start(
    { name: listed.name, input },
    { signal: context.signal, ttlMs: server.taskTimeoutMs },
  );
  return startedTask({ server, now: Date.now }, task);
}

function taskDesk({ pool, server }: ServerTool, context: ToolContext) {
  return {
    server,
    now: Date.now,
    connect: () => pool.connect({ server, workspace: context.workspace, signal: context.signal }),
    show: (result: CallToolResult) => showResult(server, result, context),
  };
}

async function showResult(
  server: McpServer,
  result: CallToolResult,
  context: ToolContext,
): Promise<ToolOutput> {
  // What writes files has its result kept beside them, where pictures are too large.
  const { text: whole, pictures } = await shownResult(result, !writesFiles(server));
  return {
    text: await shownText(whole, { limit: server.maxOutputBytes, context }),
    isError: result.isError === true,
    progress: progressOf(whole, sha256),
    ...(pictures.length === 0 ? {} : { pictures }),
  };
}

function asking({ name }: McpServer, asked: NonNullable<CallOutcome['asked']>): ToolOutput {
  const options = asked.options.length === 0 ? '' : ` (${asked.options.join(' | ')})`;
  return {
    text: `The person who owns this work is asked: ${asked.question}${options}\nNobody has answered; MCP server ${name} was told so, and the call was not made.`,
    isError: true,
    asks: asked,
  };
}

function unknownTool({ name }: McpServer, tools: readonly ListedMcpTool[]): string {
  const names = tools.slice(0, 100).map((tool) => tool.name);
  return `MCP server ${name} offers no such tool now. Its tools: ${names.join(', ') || 'none'}.`;
}

function wrongArguments(name: McpToolName, wrong: string, { schema }: ListedMcpTool): string {
  return `${mcpToolName(name)}: the arguments do not fit: ${wrong}.\narguments: ${JSON.stringify(schema).slice(0, SCHEMA_SHOWN)}`;
}
