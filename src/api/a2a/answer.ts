import type { Request, Response } from 'express';
import { EVENT_SEQUENCE, InvalidInputError, TASK_ORDER } from '../../domain/index.js';
import type { AuditPort } from '../gate/audit.js';
import { auditLine } from '../gate/audit.js';
import type { TokenBook } from '../gate/token-book.js';
import { baseUrl, type Places } from '../gate/places.js';
import type { Call } from './call.js';
import { sequenceOf } from './complete-result.js';
import { type Dispatch, isChanging, type Outcome } from './dispatch.js';
import { type Failure, failureOf } from './failure.js';
import { EXTENSIONS_HEADER, type ProtocolVersion } from './names.js';
import type { EventStream, StreamHub } from './stream-hub.js';

/** What both bindings answer with. */
export interface AnswerServices {
  readonly dispatch: Dispatch;
  readonly tokens: TokenBook;
  readonly places: Places;
  readonly hub: StreamHub;
  readonly audit: AuditPort;
  /** Told of faults of the server, with the error as it was thrown. */
  readonly onFault: (error: unknown) => void;
  readonly readBody: (request: Request, response: Response) => Promise<unknown>;
}

/** How one binding writes what a call gave. */
export interface Binding {
  readonly result: (result: unknown) => void;
  /** The event as JSON. */
  readonly event: (result: unknown) => unknown;
  readonly failure: (failure: Failure) => void;
  /** The failure in the middle of a stream, as JSON. */
  readonly lateFailure: (failure: Failure) => unknown;
}

/** One request of one of the bindings. */
export interface Asked {
  readonly request: Request;
  readonly response: Response;
  readonly method: string;
  readonly params: unknown;
  readonly version: ProtocolVersion;
}

/** Calls an operation and writes what it gives: a result, a stream of events, or a failure. Never rejects. */
export async function answer(
  asked: Asked,
  { services, binding }: { readonly services: AnswerServices; readonly binding: Binding },
): Promise<void> {
  const { request, response, method } = asked;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let call: Call | undefined;
  let outcome = 'ok';
  try {
    const caller = await services.tokens.callerOf(request.get('authorization'));
    call = {
      caller,
      version: asked.version,
      baseUrl: baseUrl(request, services.places),
      signal: gone.signal,
      cursor: cursorOf(request, asked.params),
      noted: {},
    };
    nameExtensions(request, response);
    const given = await services.dispatch({ method, params: asked.params }, call);
    if (given.kind === 'result') binding.result(given.result);
    else await sendEvents(given.events, { response, services, binding });
  } catch (error) {
    const failure = failureOf(error);
    outcome = failure.reason;
    if (failure.isFault) services.onFault(error);
    refuse(response, { failure, binding });
  } finally {
    if (call !== undefined && isChanging(method)) {
      const { caller, noted } = call;
      services.audit(auditLine({ caller: caller.name, method, noted, outcome, request }));
    }
  }
}

/** A failure as an answer that has not begun. */
export function refuse(
  response: Response,
  { failure, binding }: { readonly failure: Failure; readonly binding: Pick<Binding, 'failure'> },
): void {
  if (response.headersSent) return void response.destroy();
  if (failure.retryAfterS !== undefined) response.set('Retry-After', String(failure.retryAfterS));
  if (failure.status === 401) response.set('WWW-Authenticate', 'Bearer realm="codetether"');
  binding.failure(failure);
}

type Events = Extract<Outcome, { kind: 'events' }>['events'];

interface Sending {
  readonly response: Response;
  readonly services: AnswerServices;
  readonly binding: Binding;
}

/** The first event is waited for, so that a failure before it is a plain answer. */
async function sendEvents(events: Events, sending: Sending): Promise<void> {
  const { response, services } = sending;
  services.hub.requireRoom();
  try {
    const first = await events.next();
    if (response.destroyed) return;
    await sendAll(first, { events, stream: services.hub.open(response), sending });
  } finally {
    // frees what follows the task, whatever ended the stream
    await events.return();
  }
}

async function sendAll(
  first: IteratorResult<unknown, void>,
  {
    events,
    stream,
    sending,
  }: { readonly events: Events; readonly stream: EventStream; readonly sending: Sending },
): Promise<void> {
  const { services, binding } = sending;
  try {
    for (let next = first; next.done !== true; next = await events.next()) {
      if (!(await stream.send(frameOf(next.value, binding)))) return;
    }
  } catch (error) {
    const failure = failureOf(error);
    if (failure.isFault) services.onFault(error);
    await stream.send(`event: error\ndata: ${JSON.stringify(binding.lateFailure(failure))}\n\n`);
  }
  stream.end();
}

function frameOf(result: unknown, binding: Binding): string {
  const sequence = sequenceOf(result);
  const id = sequence === undefined ? '' : `id: ${sequence}\n`;
  return `${id}data: ${JSON.stringify(binding.event(result))}\n\n`;
}

/** `Last-Event-ID`, `?lastSequence=`, or `lastSequence` below the extension's URI in the metadata. Throws `ERR_A2A_CURSOR`. */
function cursorOf(request: Request, params: unknown): number | undefined {
  const header = request.get('last-event-id');
  const given = lastSequence(params) ?? request.query['lastSequence'] ?? header;
  if (given === undefined || given === '') return undefined;
  const cursor = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
  if (typeof cursor === 'number' && Number.isSafeInteger(cursor) && cursor >= 0) return cursor;
  throw new InvalidInputError('ERR_A2A_CURSOR', {
    message: 'Invalid parameters: the cursor is no number of an event',
    hint: 'send the id of the last event that you saw',
  });
}

function lastSequence(params: unknown): unknown {
  const metadata = Reflect.get(Object(params), 'metadata') as unknown;
  const extension = Reflect.get(Object(metadata), EVENT_SEQUENCE) as unknown;
  return Reflect.get(Object(extension), 'lastSequence') as unknown;
}

/** Extensions that the client asked for and that are ours, as the specification wants them named (4.6). */
function nameExtensions(request: Request, response: Response): void {
  const asked = (request.get(EXTENSIONS_HEADER) ?? '').split(',').map((uri) => uri.trim());
  const active = [EVENT_SEQUENCE, TASK_ORDER].filter((uri) => asked.includes(uri));
  if (active.length > 0) response.set(EXTENSIONS_HEADER, active.join(', '));
}
