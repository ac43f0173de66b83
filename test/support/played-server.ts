import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { faultsOfRequest, type Family } from './strict-history.js';

/** An answer as it goes over the wire. */
export interface PlayedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The connection stays open behind it. */
  readonly isLeftOpen?: true;
}

/** A request as the server saw it. */
export interface SeenBody {
  readonly path: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly messages: readonly WireMessage[] };
  /** What a strict server of the family would refuse in it. */
  readonly faults: readonly string[];
}

/** A message of either wire, as far as tests look at it. */
export interface WireMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
  readonly reasoning_content?: string;
}

/** What answers a request; the second argument counts requests from 1. A promise holds the answer back. */
export type Player = (seen: SeenBody, count: number) => PlayedReply | Promise<PlayedReply>;

/** A model server over HTTP that plays written replies, and refuses with 400 what strict servers of a family refuse. */
export interface PlayedServer {
  readonly url: string;
  readonly seen: SeenBody[];
  /** How strict the server is, for one model or all; null = it takes everything. Default `plain`. */
  family: Family | null | ((model: unknown) => Family | null);
  play: Player;
  stop(): Promise<void>;
}

const FIXTURES = fileURLToPath(new URL('../fixtures/servers/', import.meta.url));

/** A reply from `test/fixtures/servers`, as it is. */
export function recorded(path: string): PlayedReply {
  return parseReply(readFileSync(`${FIXTURES}${path}`, 'utf8'));
}

/** Status line, headers, blank line, body. */
export function parseReply(text: string): PlayedReply {
  const split = /\r?\n\r?\n/.exec(text);
  const end = split?.index ?? text.length;
  const [line = '', ...fields] = text.slice(0, end).split(/\r?\n/);
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).trim(), field.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(line.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: text.slice(end + (split?.[0].length ?? 0)),
  };
}

/** An event stream of these values with `[DONE]` at its end. */
export function stream(...values: readonly unknown[]): PlayedReply {
  const events = values.map((value) => `data: ${JSON.stringify(value)}\n\n`);
  return raw([...events, 'data: [DONE]\n\n'].join(''));
}

/** An event stream of these bytes. */
export function raw(body: string, type = 'text/event-stream'): PlayedReply {
  return { status: 200, headers: { 'content-type': type }, body };
}

/** A refusal with a JSON body. */
export function refusal(status: number, body: unknown): PlayedReply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify(body) };
}

/** A plain good reply of calls in the chat completions form. */
export function chatCalls(
  ...calls: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[]
): PlayedReply {
  const pieces = calls.map((call, index) => ({
    index,
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  return stream(
    { choices: [{ index: 0, delta: { role: 'assistant', tool_calls: pieces } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    { choices: [], usage: { prompt_tokens: 900, completion_tokens: 20 } },
  );
}

/** Starts a server on a free port. */
export async function startPlayedServer(play: Player): Promise<PlayedServer> {
  const played: Omit<PlayedServer, 'url' | 'stop'> = { seen: [], family: 'plain', play };
  const server = createServer((request, response) => {
    answer(played, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(played, {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function answer(
  played: Omit<PlayedServer, 'url' | 'stop'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  const path = request.url ?? '';
  const body = JSON.parse(text) as SeenBody['body'];
  const wire = path.endsWith('/messages') ? 'anthropic-messages' : 'openai-chat';
  const family = typeof played.family === 'function' ? played.family(body['model']) : played.family;
  const faults = family === null ? [] : faultsOfRequest(body, wire, family);
  const seen = { path, text, body, faults };
  played.seen.push(seen);
  const reply =
    faults.length > 0
      ? refusal(400, { error: { message: faults.join('; '), type: 'invalid_request_error' } })
      : await played.play(seen, played.seen.length);
  response.writeHead(reply.status, reply.headers).write(reply.body);
  if (reply.isLeftOpen !== true) response.end();
}
