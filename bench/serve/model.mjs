// A model server for the benchmark: answers at once, and holds back what asks it to until it is told to go on.
import { createServer } from 'node:http';

const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({
    id: 'bench',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...(finish === null
      ? {}
      : { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }),
  })}\n\n`;

/** Starts it; `release` lets what is held back go on. */
export async function startModel() {
  const held = new Set();
  let isReleased = false;
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const answer = () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunk({ role: 'assistant', content: 'The answer is ok.' }));
        response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
      };
      if (isReleased || !Buffer.concat(parts).includes('BENCH-HOLD')) return answer();
      // a sign of life, so that nobody takes it for dead
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const beat = setInterval(() => response.write(': at it\n\n'), 2000);
      const go = () => {
        clearInterval(beat);
        response.write(chunk({ role: 'assistant', content: 'The answer is ok.' }));
        response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
      };
      held.add(go);
      response.on('close', () => {
        clearInterval(beat);
        held.delete(go);
      });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    release() {
      isReleased = true;
      for (const go of held) go();
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
