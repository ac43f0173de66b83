// The model server of the benchmark: aimock behind a front that delays, times and keeps every request.
// Runs as a process of its own, so that its CPU is in nobody's account. Prints one JSON line with its address.
import { createServer, request as httpRequest } from 'node:http';
import { LLMock } from '@copilotkit/aimock';
import { chooseReply } from './script.mjs';

const delayMs = Number(process.argv[2] ?? 100);
const mock = new LLMock({ port: 0, chunkSize: 200, journalMaxEntries: 10 });
mock.on({ predicate: () => true }, (body) => chooseReply(body));
await mock.start();

/** @type {Array<{ path: string, startedAt: number, endedAt: number | null, status: number | null, body: string }>} */
let calls = [];

const front = createServer((incoming, outgoing) => {
  if (incoming.url === '/__calls') return sendCalls(outgoing);
  if (incoming.url === '/__reset') {
    calls = [];
    return outgoing.end('{}');
  }
  const parts = [];
  incoming.on('data', (part) => parts.push(part));
  incoming.on('end', () => {
    const body = Buffer.concat(parts);
    const call = {
      path: incoming.url,
      startedAt: Date.now(),
      endedAt: null,
      status: null,
      body: body.toString('utf8'),
    };
    if (incoming.method === 'POST') calls.push(call);
    setTimeout(() => forward({ incoming, outgoing, body, call }), delayMs);
  });
});

function forward({ incoming, outgoing, body, call }) {
  const { port } = new URL(mock.url);
  const options = { host: '127.0.0.1', port, path: incoming.url, method: incoming.method };
  const onward = httpRequest({ ...options, headers: incoming.headers }, (answer) => {
    call.status = answer.statusCode ?? null;
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.on('end', () => {
      call.endedAt = Date.now();
    });
  });
  onward.on('error', () => outgoing.destroy());
  onward.end(body);
}

function sendCalls(outgoing) {
  outgoing.setHeader('content-type', 'application/json');
  outgoing.end(JSON.stringify(calls));
}

front.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${front.address().port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
// The benchmark's end, however it comes, is this process's end.
process.stdin.on('end', () => process.exit(0)).resume();
