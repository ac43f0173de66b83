// The client of both modes: requests over kept connections, without a library that would be measured too.
import http from 'node:http';

/** A client of the server at `port`; `token` is sent along where there is one. */
export function createClient({ port, token }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  const headers = {
    'A2A-Version': '1.0',
    'content-type': 'application/a2a+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };

  /** Resolves with the head of an answer; its body and its end are told. */
  function ask(path, { method = 'GET', body, onChunk = () => {}, onEnd = () => {} } = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { agent, host: '127.0.0.1', port, path, method, headers },
        (response) => {
          response.on('data', onChunk);
          response.on('end', onEnd);
          resolve(response);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Hands a task in; gives it and how long the answer took. */
  async function send(text, { returnImmediately, metadata }) {
    let answer = '';
    const begun = performance.now();
    const body = JSON.stringify({
      message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts: [{ text }], metadata },
      configuration: { returnImmediately },
    });
    await new Promise((resolve, reject) => {
      const onChunk = (chunk) => (answer += chunk);
      ask('/a2a/v1/message:send', { method: 'POST', body, onChunk, onEnd: resolve }).catch(reject);
    });
    const { task, error } = JSON.parse(answer);
    if (task === undefined) throw new Error(`refused: ${error?.message}`);
    return { ms: performance.now() - begun, task };
  }

  /** So many streams of one task; `pings` and `ended` count. */
  async function watch(taskId, count) {
    const seen = { pings: 0, ended: 0 };
    await Promise.all(
      Array.from({ length: count }, () =>
        ask(`/a2a/v1/tasks/${taskId}:subscribe`, {
          onChunk: (chunk) => (seen.pings += String(chunk).split(': ping').length - 1),
          onEnd: () => (seen.ended += 1),
        }),
      ),
    );
    return seen;
  }
  return { send, watch, close: () => agent.destroy() };
}

/** Waits until it holds; fails after `limitMs`. */
export async function waitFor(holds, limitMs = 240_000) {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('the condition never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Median and slowest of some times, in whole milliseconds. */
export function spread(values) {
  const sorted = values.toSorted((left, right) => left - right);
  return [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((value) => value.toFixed(0));
}
