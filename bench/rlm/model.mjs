// The model server of the benchmark (OpenAI's chat completions, streamed or not). Runs as a process of its own, so that its CPU is in
// nobody's account. Prints one JSON line with its address.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { CHARACTERS_PER_TOKEN } from './tasks.mjs';
import { answerTo, tokensOf, WINDOW } from './policy.mjs';

const seed = process.argv[2] ?? '1';
let delayMs = 0;
/** @type {Array<{ startedAt: number, endedAt: number | null, status: number, digest: string, input: number, output: number }>} */
let calls = [];

const server = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url, 'http://localhost');
  if (url.pathname === '/__calls') return sendJson(outgoing, 200, calls);
  if (url.pathname === '/__reset') {
    calls = [];
    delayMs = Number(url.searchParams.get('delay') ?? 0);
    return sendJson(outgoing, 200, {});
  }
  if (incoming.method !== 'POST') return sendJson(outgoing, 200, { object: 'list', data: [] });
  const parts = [];
  incoming.on('data', (part) => parts.push(part));
  incoming.on('end', () => {
    const text = Buffer.concat(parts).toString('utf8');
    const digest = digestOf(text);
    const call = { startedAt: Date.now(), endedAt: null, status: 200, digest, input: 0, output: 0 };
    calls.push(call);
    outgoing.on('finish', () => (call.endedAt = Date.now()));
    setTimeout(() => answer({ text, outgoing, call }), delayMs);
  });
});

function answer({ text, outgoing, call }) {
  const body = JSON.parse(text);
  const input = tokensOf(body);
  call.input = input;
  if (input > WINDOW) {
    call.status = 400;
    const message = `This model's maximum context length is ${WINDOW} tokens. However, your messages resulted in ${input} tokens. Please reduce the length of the messages.`;
    const error = { message, type: 'invalid_request_error', param: 'messages' };
    return sendJson(outgoing, 400, { error: { ...error, code: 'context_length_exceeded' } });
  }
  const { content, calls: wanted } = answerTo(body, seed);
  const toolCalls = wanted.map(({ name, arguments: given }, index) => ({
    id: `call_${digestOf(text).slice(0, 12)}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(given) },
  }));
  const said = content.length + (toolCalls.length === 0 ? 0 : JSON.stringify(toolCalls).length);
  call.output = Math.ceil(said / CHARACTERS_PER_TOKEN);
  const usage = {
    prompt_tokens: input,
    completion_tokens: call.output,
    total_tokens: input + call.output,
  };
  send({ outgoing, body, reply: { content, toolCalls }, usage });
}

const digestOf = (text) => createHash('sha256').update(text).digest('hex');

function send({ outgoing, body, reply: { content, toolCalls }, usage }) {
  const about = { id: 'chatcmpl-bench', created: 0, model: body.model ?? 'bench' };
  const calls = toolCalls.length === 0 ? {} : { tool_calls: toolCalls };
  const end = toolCalls.length === 0 ? 'stop' : 'tool_calls';
  if (body.stream !== true) {
    const message = { role: 'assistant', content, ...calls };
    const choice = { index: 0, message, finish_reason: end };
    const completion = { ...about, object: 'chat.completion', choices: [choice], usage };
    return sendJson(outgoing, 200, completion);
  }
  outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta, reason = null) => {
    const choices = [{ index: 0, delta, finish_reason: reason }];
    outgoing.write(
      `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices })}\n\n`,
    );
  };
  chunk({ role: 'assistant', content: '' });
  chunk({ content });
  for (const [index, one] of toolCalls.entries()) chunk({ tool_calls: [{ index, ...one }] });
  chunk({}, end);
  const last = { ...about, object: 'chat.completion.chunk', choices: [], usage };
  outgoing.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
}

function sendJson(outgoing, status, value) {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(value));
}

// making large inputs takes its client longer than the usual five seconds, and what is sent on a connection that was closed meanwhile fails
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
// Ctrl+C lets the benchmark finish what is under way
process.on('SIGINT', () => undefined);
// The benchmark's end, however it comes, is this process's end.
process.stdin.on('end', () => process.exit(0)).resume();
