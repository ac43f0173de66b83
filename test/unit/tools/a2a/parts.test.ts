import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentCard, Task } from '@a2a-js/sdk';
import { chosenCard, shownCard } from '../../../../src/tools/a2a/agent-card.js';
import { agentFetch } from '../../../../src/tools/a2a/agent-fetch.js';
import { readableEvents, type StreamPlaces } from '../../../../src/tools/a2a/event-stream.js';
import { remoteTask, stateNumber } from '../../../../src/tools/a2a/remote-view.js';
import type { RemoteAgentServices } from '../../../../src/tools/a2a/services.js';
import { taskStateSchema } from '../../../../src/domain/index.js';

/** What comes out of a stream whose bytes come in these pieces. */
async function through(pieces: readonly string[]): Promise<{ text: string; places: StreamPlaces }> {
  const places: StreamPlaces = { ids: [] };
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of bytes) controller.enqueue(piece);
      controller.close();
    },
  });
  const text = await new Response(source.pipeThrough(readableEvents(places))).text();
  return { text, places };
}

describe('events of a stream', () => {
  it('are the same wherever the bytes are cut, with their ids in order', async () => {
    const event = fc.record({
      id: fc.option(fc.nat(1000), { nil: undefined }),
      data: fc.jsonValue({ maxDepth: 2 }),
      isPing: fc.boolean(),
      end: fc.constantFrom('\n', '\r\n'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 8 }),
        fc.array(fc.nat(200)),
        async (events, cuts) => {
          const whole = events
            .map(({ id, data, isPing, end }) => {
              const lines = [
                ...(isPing ? [': ping'] : []),
                ...(id === undefined ? [] : [`id: ${id}`]),
                `data: ${JSON.stringify(data)}`,
              ];
              return `${lines.join(end)}${end}${end}`;
            })
            .join('');
          const places = [
            ...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length]),
          ];
          const sorted = places.toSorted((left, right) => left - right);
          const pieces = sorted.slice(1).map((to, index) => whole.slice(sorted[index], to));
          const { text, places: seen } = await through(pieces);
          expect(text).toBe(
            events.map(({ data }) => `event: message\ndata: ${JSON.stringify(data)}\n\n`).join(''),
          );
          expect(seen.ids).toEqual(
            events.map(({ id }) => (id === undefined ? undefined : String(id))),
          );
        },
      ),
    );
  });

  it('are none without data, and have several lines of it', async () => {
    expect(
      (await through([': hello\n\nid: 1\n\nevent: error\ndata: {"a":\ndata: 1}\n\n'])).text,
    ).toBe('event: error\ndata: {"a":1}\n\n');
  });
});

const CARD = {
  name: 'a',
  supportedInterfaces: [
    { url: 'https://a.example/0', protocolBinding: 'JSONRPC', protocolVersion: '0.3', tenant: '' },
    { url: 'https://a.example/1', protocolBinding: 'jsonrpc', protocolVersion: '1.0', tenant: '' },
    {
      url: 'https://b.example/1',
      protocolBinding: 'HTTP+JSON',
      protocolVersion: '1.0',
      tenant: '',
    },
  ],
} as unknown as AgentCard;

describe('the interface that is used', () => {
  const origin = 'https://a.example';
  it('is of the newest version, of the wanted way, on the same server', () => {
    expect(chosenCard(CARD, { origin }).supportedInterfaces[0]?.url).toBe('https://a.example/1');
    expect(() => chosenCard(CARD, { origin, transport: 'rest' })).toThrow(
      /leads to another server/,
    );
    expect(() => chosenCard(CARD, { origin: 'https://c.example' })).toThrow(
      /leads to another server/,
    );
  });

  it('is shown with whatever of the card there is', () => {
    expect(
      shownCard({ name: 7, skills: [null, { id: 'x' }] } as unknown as AgentCard),
    ).toMatchObject({
      name: '',
      interfaces: [],
      skills: [{ id: 'x', name: '' }],
      streaming: false,
    });
  });
});

describe('requests to one agent', () => {
  it('go nowhere else, whatever the card says', async () => {
    const asked: string[] = [];
    const services: Pick<RemoteAgentServices, 'fetch'> = {
      fetch: (url) => {
        asked.push(String(url));
        return Promise.resolve(new Response('{}'));
      },
    };
    const fetch = agentFetch(
      { agent: 'a', origin: 'https://a.example', token: 't', timeoutMs: 1000, ...services },
      { ids: [] },
    );
    expect(await (await fetch('https://a.example/x')).text()).toBe('{}');
    for (const url of ['https://b.example/', 'http://a.example/', 'https://a.example:444/'])
      await expect(fetch(url)).rejects.toThrow(/leads to another server/);
    expect(asked).toEqual(['https://a.example/x']);
  });
});

describe('states of the protocol', () => {
  it.each(taskStateSchema.options)('%s goes out and comes back', (state) => {
    const task = { id: 't', contextId: '', artifacts: [], history: [], metadata: undefined };
    const status = { state: stateNumber(state), message: undefined, timestamp: undefined };
    expect(remoteTask({ ...task, status } as Task).state).toBe(state);
  });
});
