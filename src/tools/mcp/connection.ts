import type {
  CallToolResult,
  Client,
  JSONRPCMessage,
  Tool,
  Transport,
} from '@modelcontextprotocol/client';
import { isDeeper, visibleLine, type McpServer, type ParkedAnswer } from '../../domain/index.js';
import { ElicitationDesk, type AskingCall } from './elicitation.js';
import { ServerTasks, taskOf, TASKS_EXTENSION, type StartedTask } from './tasks/server-task.js';
import { withTasks } from './tasks/task-transport.js';
import { explainFailure, McpServerError, type FailureContext } from './failure.js';
import type { StdioTransport } from './stdio-transport.js';

/** A way to a server, not opened yet. */
export type Channel =
  | { readonly kind: 'stdio'; readonly transport: StdioTransport }
  | { readonly kind: 'http'; readonly transport: Transport };

/** What a connection is opened with. */
export interface OpenRequest {
  readonly server: McpServer;
  /** Makes a new way to the server; called again when the first one ended while both sides agreed on a protocol. */
  readonly createChannel: () => Promise<Channel>;
  /** It was a server of 2025 the last time: nothing newer is tried. */
  readonly isKnownLegacy: boolean;
  readonly signal: AbortSignal;
}

/** Options of one request. */
export interface RequestLimits {
  readonly signal: AbortSignal;
}

/** One call of a tool. */
export interface ToolCallRequest extends RequestLimits {
  readonly definition: Tool;
  readonly input: Readonly<Record<string, unknown>>;
  /** What the person answered to questions of the same call. */
  readonly answers?: readonly ParkedAnswer[] | undefined;
}

/**
 * How a call ended: with a result, with a task that goes on by itself, or with a question to the person that has to be answered before
 * it is made again.
 */
export interface CallOutcome {
  readonly result: CallToolResult | undefined;
  readonly task?: StartedTask | undefined;
  readonly asked: AskingCall['asked'];
  /** What was asked while it ran, and did not keep it from its result. */
  readonly meanwhile: AskingCall['asked'];
}

/** A server of this age mostly answers what it does not know; one that is silent costs so much, once. */
const LONGEST_PROBE_MS = 10_000;
const VERSION = '0.1.0';
const MAX_DEPTH = 64;
const NAME_LIMIT = 100;

/**
 * An open connection: the newest protocol that both sides know, 2026-07-28 or one of 2025. Every request has a time limit, and every
 * failure is an McpServerError `ERR_MCP_SERVER`; what aborts is the reason of the signal.
 */
export class McpConnection {
  /** Requests that are under way. */
  pending = 0;
  /** Calls that go on by themselves. */
  readonly tasks: ServerTasks;
  private readonly server: McpServer;
  private readonly client: Client;
  private readonly channel: Channel;
  private readonly desk: ElicitationDesk;
  private isClosed = false;

  constructor(parts: {
    readonly server: McpServer;
    readonly client: Client;
    readonly channel: Channel;
    readonly desk: ElicitationDesk;
  }) {
    this.server = parts.server;
    this.client = parts.client;
    this.channel = parts.channel;
    this.desk = parts.desk;
    this.tasks = new ServerTasks({
      client: this.client,
      desk: this.desk,
      ask: (limits, request) => this.ask(limits, request),
    });
    this.client.onclose = () => {
      this.isClosed = true;
    };
  }

  get isOpen(): boolean {
    return !this.isClosed;
  }

  /** The revision that was agreed on, for example `2026-07-28`. */
  get protocol(): string {
    return this.client.getNegotiatedProtocolVersion() ?? 'unknown';
  }

  get isLegacy(): boolean {
    return this.client.getProtocolEra() === 'legacy';
  }

  /** What the server calls itself, for people. */
  get title(): string {
    const { name = '', version = '' } = this.client.getServerVersion() ?? {};
    return visibleLine(`${name} ${version}`).slice(0, NAME_LIMIT);
  }

  /** What it offers: tools, resources, prompts. */
  offers(kind: 'tools' | 'resources' | 'prompts'): boolean {
    return this.client.getServerCapabilities()?.[kind] !== undefined;
  }

  /** It lets calls of tools go on as tasks (2025; since then it says so by its answers). */
  get offersTasks(): boolean {
    return this.client.getServerCapabilities()?.tasks?.requests?.tools?.call !== undefined;
  }

  /** Told when the server says that its tools are others now. */
  onToolsChanged(listener: () => void): void {
    this.client.setNotificationHandler('notifications/tools/list_changed', listener);
  }

  listToolsPage(cursor: string | undefined, limits: RequestLimits) {
    return this.ask(limits, (options) =>
      this.client.request({ method: 'tools/list', ...withCursor(cursor) }, options),
    );
  }

  listResourcesPage(cursor: string | undefined, limits: RequestLimits) {
    return this.ask(limits, (options) =>
      this.client.request({ method: 'resources/list', ...withCursor(cursor) }, options),
    );
  }

  readResource(uri: string, limits: RequestLimits) {
    return this.ask(limits, (options) =>
      this.client.request({ method: 'resources/read', params: { uri } }, options),
    );
  }

  listPromptsPage(cursor: string | undefined, limits: RequestLimits) {
    return this.ask(limits, (options) =>
      this.client.request({ method: 'prompts/list', ...withCursor(cursor) }, options),
    );
  }

  getPrompt(name: string, input: Readonly<Record<string, string>>, limits: RequestLimits) {
    return this.ask(limits, (options) =>
      this.client.request({ method: 'prompts/get', params: { name, arguments: input } }, options),
    );
  }

  async callTool({ definition, input, answers, signal }: ToolCallRequest): Promise<CallOutcome> {
    const call = this.desk.begin(answers);
    try {
      const { result, task } = await this.ask({ signal }, async (options) => {
        const answered = await this.client.callTool(
          { name: definition.name, arguments: { ...input } },
          { ...options, toolDefinition: definition },
        );
        return { result: answered, task: taskOf(answered) };
      });
      if (task !== undefined)
        return { result: undefined, task, asked: undefined, meanwhile: call.asked };
      // What has been done must not be done again: also not where the question was perhaps that of another call.
      const isAnswered = result.isError !== true || call.isShared;
      return isAnswered
        ? { result, asked: undefined, meanwhile: call.asked }
        : { result, asked: call.asked, meanwhile: undefined };
    } catch (error) {
      // Whatever became of a call whose question nobody answered: what counts is the question.
      if (call.asked === undefined || signal.aborted) throw error;
      return { result: undefined, asked: call.asked, meanwhile: undefined };
    } finally {
      call.end();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.client.close().catch(() => undefined);
    await this.channel.transport.close().catch(() => undefined);
  }

  /** A program that hangs is not asked again; one that may write must not go on for a call that nobody waits for. */
  private async closeAfter({ kind }: McpServerError, signal: AbortSignal): Promise<void> {
    const { transport } = this.server;
    if (transport.kind === 'http') {
      // Other requests may be under way: they are left to end.
      if (kind === 'denied' || kind === 'lost') this.isClosed = true;
      return;
    }
    // To the library a call that was left is one that took too long.
    const isLeft = signal.aborted;
    const mayGoOn = transport.folder === 'write' && (isLeft || kind !== 'refused');
    if (mayGoOn || (kind === 'silent' && !isLeft)) await this.close();
  }

  private async ask<Answer>(
    { signal }: RequestLimits,
    request: (options: {
      readonly timeout: number;
      readonly maxTotalTimeout: number;
      readonly signal: AbortSignal;
    }) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const { timeoutMs } = this.server;
    this.pending += 1;
    try {
      const answer = await request({ timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });
      // Over http nobody has looked at it yet; walks over deeper values end in an overflow of the stack.
      if (isDeeper(answer, MAX_DEPTH))
        throw new McpServerError(
          this.server.name,
          `sent an answer that is nested deeper than ${MAX_DEPTH} levels`,
        );
      return answer;
    } catch (error) {
      const failure = explainFailure(error, failureContext(this.server, timeoutMs, this.channel));
      await this.closeAfter(failure, signal);
      signal.throwIfAborted();
      throw failure;
    } finally {
      this.pending -= 1;
    }
  }
}

/** Where a server writes into the files of an agent, nothing of it may go on beside what the agent does next. */
export function mayRunTasks({ transport }: McpServer): boolean {
  return transport.kind === 'http' || transport.folder !== 'write';
}

function withCursor(cursor: string | undefined): { params?: { cursor: string } } {
  return cursor === undefined ? {} : { params: { cursor } };
}

function failureContext(
  { name }: McpServer,
  timeoutMs: number,
  channel: Channel | undefined,
): FailureContext {
  const hasEnded = channel?.kind === 'stdio' && channel.transport.hasFailed;
  return {
    server: name,
    timeoutMs,
    describeEnd: hasEnded ? () => channel.transport.describeEnd() : undefined,
  };
}

/**
 * Opens a connection. Both sides agree by the protocol's own way: `server/discover` first, `initialize` for servers that do not know
 * it. A program that ends at a question it does not know is started once more and asked in the old way.
 */
export async function openConnection(request: OpenRequest): Promise<McpConnection> {
  const { server, isKnownLegacy, signal } = request;
  const eras = isKnownLegacy ? (['legacy'] as const) : (['auto', 'legacy'] as const);
  let last: McpServerError | undefined;
  for (const era of eras) {
    signal.throwIfAborted();
    const channel = await request.createChannel();
    try {
      return await openOnce(server, { channel, era, signal });
    } catch (error) {
      const context = failureContext(server, server.startTimeoutMs, channel);
      await channel.transport.close().catch(() => undefined);
      signal.throwIfAborted();
      last = explainFailure(error, context);
      // Only an end tells nothing about the server: it may have ended because of the question.
      if (context.describeEnd === undefined) throw last;
    }
  }
  throw last ?? new McpServerError(server.name, 'could not be reached');
}

async function openOnce(
  server: McpServer,
  {
    channel,
    era,
    signal,
  }: { readonly channel: Channel; readonly era: 'auto' | 'legacy'; readonly signal: AbortSignal },
): Promise<McpConnection> {
  const { Client } = await import('@modelcontextprotocol/client');
  const desk = new ElicitationDesk(server.name);
  const mayGoOn = mayRunTasks(server);
  const client = new Client(
    { name: 'codetether', version: VERSION },
    {
      capabilities: {
        elicitation: { form: {} },
        ...(mayGoOn ? { extensions: { [TASKS_EXTENSION]: {} } } : {}),
      },
      versionNegotiation: {
        mode: era,
        probe: { timeoutMs: Math.min(LONGEST_PROBE_MS, server.startTimeoutMs / 2) },
      },
      // Results go to the model as text: schemas and patterns of a server are not run here.
      jsonSchemaValidator: {
        getValidator: () => (input) => ({
          valid: true,
          data: input as never,
          errorMessage: undefined,
        }),
      },
    },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => desk.answer(params));
  const stop = (): void => void channel.transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const transport = mayGoOn ? withTasks<Transport>(channel.transport) : channel.transport;
    await client.connect(transport, { timeout: server.startTimeoutMs, signal });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return new McpConnection({ server, client, channel, desk });
}

/** Reads one JSON value as a message of the protocol; throws for anything else. */
export async function messageParser(): Promise<(value: unknown) => JSONRPCMessage> {
  const { parseJSONRPCMessage } = await import('@modelcontextprotocol/client');
  return parseJSONRPCMessage;
}
