import { InvalidInputError, visibleLine, CodetetherError } from '../domain/index.js';
import type { ServeDesk } from './desk.js';
import { fileTools } from './file-tools.js';
import { PROMPTS } from './prompts.js';
import { runCommandTool } from './run-command.js';
import { runTools } from './run-tools.js';
import { failed, type ServedAnswer, type ServedTool } from './served-tool.js';

/** Every tool of our server, in the order in which they are listed. */
export function servedTools(): ServedTool[] {
  return [runCommandTool(), ...fileTools(), ...runTools()];
}

const LIST_TTL_MS = 60 * 60_000;
const INSTRUCTIONS =
  'Tools over one folder (run_command, files, search) and over runs of CodeTether, which go on by themselves: start one, then ask run_status.';

/** Makes a server for one client; it answers in every protocol that the library speaks. */
export async function createServerFactory(desk: ServeDesk, version: string) {
  const { Server, ProtocolError, ProtocolErrorCode } = await import('@modelcontextprotocol/server');
  const tools = servedTools();
  const hint = { ttlMs: LIST_TTL_MS, cacheScope: 'private' as const };
  return () => {
    const server = new Server(
      { name: 'codetether', version },
      {
        capabilities: { tools: {}, prompts: {} },
        instructions: INSTRUCTIONS,
        cacheHints: { 'tools/list': hint, 'prompts/list': hint },
      },
    );
    server.setRequestHandler('tools/list', () => ({ tools: tools.map(toolDocument) }));
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
      const tool = tools.find(({ name }) => name === params.name);
      if (tool === undefined)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `there is no tool "${visibleLine(params.name).slice(0, 100)}"`,
        );
      const { text, isError } = await answered(tool.call(params.arguments, desk, mcpReq.signal));
      return { content: [{ type: 'text' as const, text }], isError };
    });
    server.setRequestHandler('prompts/list', () => ({
      prompts: PROMPTS.map(({ text: _text, arguments: input, ...prompt }) => ({
        ...prompt,
        arguments: [...input],
      })),
    }));
    server.setRequestHandler('prompts/get', ({ params }) => {
      const prompt = PROMPTS.find(({ name }) => name === params.name);
      if (prompt === undefined)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `there is no prompt "${visibleLine(params.name).slice(0, 100)}"`,
        );
      const text = prompt.text(params.arguments ?? {});
      return {
        description: prompt.description,
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
      };
    });
    return server;
  };
}

/** Errors of ours are answers for the client; a defect is one of the protocol. */
async function answered(work: Promise<ServedAnswer>): Promise<ServedAnswer> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof CodetetherError)
      return failed(error.hint === undefined ? error.message : `${error.message} (${error.hint})`);
    throw error;
  }
}

function toolDocument({ name, description, inputSchema, isReading }: ServedTool) {
  return {
    name,
    description,
    inputSchema: { ...inputSchema, type: 'object' as const },
    annotations: { readOnlyHint: isReading },
  };
}
