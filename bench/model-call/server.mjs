// A model server in a process of its own: answers each request after a delay with a short stream of either wire.
// `GET /times` lists the milliseconds from request to last byte since it was asked last.
import { createServer } from 'node:http';

const delayMs = Number(process.argv[2] ?? 50);
let times = [];

const chat = [
  { choices: [{ delta: { role: 'assistant', content: 'I write ' } }] },
  { choices: [{ delta: { content: 'the file.' } }] },
  {
    choices: [
      {
        delta: {
          tool_calls: [
            {
              index: 0,
              id: 'call_1',
              type: 'function',
              function: { name: 'write_file', arguments: '{"path":"a","content":"b"}' },
            },
          ],
        },
      },
    ],
  },
  {
    choices: [{ delta: {}, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 100, completion_tokens: 20 },
  },
];
const messages = [
  {
    type: 'message_start',
    message: { usage: { input_tokens: 100, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'I write it.' } },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 'call_1', name: 'write_file', input: {} },
  },
  {
    type: 'content_block_delta',
    index: 1,
    delta: { type: 'input_json_delta', partial_json: '{"path":"a","content":"b"}' },
  },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 20 } },
  { type: 'message_stop' },
];

const server = createServer((request, response) => {
  if (request.url === '/times') {
    response.end(JSON.stringify(times));
    times = [];
    return;
  }
  const startedAt = performance.now();
  request.resume().on('end', () => setTimeout(() => answer(request, response, startedAt), delayMs));
});

function answer(request, response, startedAt) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const isChat = request.url.includes('chat');
  for (const event of isChat ? chat : messages) {
    const name = isChat ? '' : `event: ${event.type}\n`;
    response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
  }
  response.end(isChat ? 'data: [DONE]\n\n' : '');
  times.push(performance.now() - startedAt);
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
// The benchmark's end, however it comes, is this process's end.
process.stdin.on('end', () => process.exit(0)).resume();
