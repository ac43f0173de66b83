// Talks to the server. The token stays in this tab and goes with every request as a header, so that no page of others can use it.

const KEY = 'codetether-board-token';

export class Refused extends Error {
  constructor(
    status,
    {
      code = 'ERR_UNEXPECTED',
      message = 'the server did not answer as expected',
      hint = null,
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export function setToken(token) {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...more };
}

async function request(path, init = {}) {
  let response;
  try {
    response = await fetch(`/v1/board${path}`, {
      cache: 'no-store',
      credentials: 'omit',
      ...init,
      headers: headers(init.headers),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refused(0, { code: 'ERR_UNREACHABLE', message: 'the server cannot be reached' });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refused(response.status, body.error);
}

export async function read(path) {
  return (await request(path)).json();
}

export async function readText(path) {
  return (await request(path)).text();
}

export async function send(path, body = {}) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  return (await request(path, init)).json();
}

const AGAIN_MS = 1000;

/** Follows server-sent events until `signal` aborts, and comes back with the last id where the connection breaks. `onLink` hears how the connection stands. */
export async function follow(path, { onEvent, onLink, signal }) {
  let last = null;
  while (!signal.aborted) {
    try {
      const response = await request(path, {
        headers: last === null ? {} : { 'last-event-id': last },
        signal,
      });
      onLink('live');
      for await (const { id, name, data } of framesOf(response.body)) {
        last = id ?? last;
        onEvent(name, JSON.parse(data));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (
        error instanceof Refused &&
        error.status >= 400 &&
        error.status < 500 &&
        error.status !== 429
      )
        throw error;
    }
    if (signal.aborted) return;
    onLink('connecting again');
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Frames of a stream of server-sent events, as our server writes them: lines end with a line feed. */
async function* framesOf(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of chunks(body)) {
    text += decoder.decode(bytes, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    // without data it is a sign of life, or a wish about coming back
    yield* frames.map(frameOf).filter(({ data }) => data !== '');
  }
}

async function* chunks(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function frameOf(frame) {
  const fields = { event: 'message', data: [], id: null };
  for (const line of frame.split('\n')) {
    const at = line.indexOf(': ');
    const name = line.slice(0, at);
    if (name === 'data') fields.data.push(line.slice(at + 2));
    else if (name === 'event' || name === 'id') fields[name] = line.slice(at + 2);
  }
  return { name: fields.event, data: fields.data.join('\n'), id: fields.id };
}
