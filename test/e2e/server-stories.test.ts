import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chatCalls,
  raw,
  recorded,
  refusal,
  startPlayedServer,
  stream,
  type PlayedReply,
  type PlayedServer,
  type SeenBody,
} from '../support/played-server.js';
import { RalphProject } from '../support/ralph-project.js';

/** What a conversation has come to when the server is asked. */
interface Turn {
  /** Requests of this attempt so far, with this one, from 1. */
  readonly asked: number;
  readonly attempt: number;
  readonly seen: SeenBody;
}

/** One story and how the server behaves in it. */
interface Case {
  readonly name: string;
  /** The reply of the server, or undefined for the good one. */
  readonly play: (turn: Turn) => PlayedReply | undefined;
  readonly status?: string;
  readonly attempts?: number;
  /** Requests of the story. */
  readonly requests?: number;
  readonly reason?: string;
}

const write = (n: number): PlayedReply =>
  chatCalls({
    id: `call_w${n}`,
    name: 'write_file',
    arguments: { path: `feature-${n}.txt`, content: 'ok\n' },
  });
const DONE = chatCalls({
  id: 'call_done',
  name: 'story_done',
  arguments: { status: 'done', summary: 'made' },
});
const look = (n: number): PlayedReply =>
  chatCalls({ id: `call_l${n}`, name: 'bash', arguments: { command: `echo look ${n}` } });
const words = (content: string, finish = 'stop'): PlayedReply =>
  stream(
    { choices: [{ delta: { content } }] },
    { choices: [{ delta: {}, finish_reason: finish }] },
    {
      choices: [],
      usage: { prompt_tokens: 900, completion_tokens: finish === 'length' ? 32_000 : 20 },
    },
  );
const at = (asked: number, reply: PlayedReply) => (turn: Turn) =>
  turn.asked === asked ? reply : undefined;
const OVERFLOW = recorded('23-error-frame-object/answer-errobject.http');
const GROWN = `${'I will now write the file. '.repeat(10)}\n`;

const CASES: readonly Case[] = [
  {
    name: 'a reply of reasoning only',
    play: at(2, recorded('13-reasoning-only-reply-sent-back-empty/reply-reasoning-only.http')),
    requests: 3,
  },
  {
    name: 'a call without reasoning, for a server that demands it',
    play: ({ asked }) =>
      asked === 1 ? recorded('15-kimi-call-without-reasoning/reply-kimireason.http') : undefined,
  },
  {
    name: 'arguments that are no JSON',
    play: at(1, recorded('16-malformed-arguments-sent-back/reply-badargs.http')),
  },
  {
    name: 'an overflow in mid-work',
    play: at(2, OVERFLOW),
  },
  {
    name: 'an overflow that no compaction mends costs attempts, and is not asked again for ever',
    play: ({ asked }) =>
      asked > 1 ? recorded('22-overflow-other-words/answer-ovzai.http') : look(asked),
    status: 'failed',
    attempts: 3,
    reason: 'Prompt exceeds max length',
  },
  {
    name: 'a conversation that is refused costs its attempt',
    play: ({ attempt, asked }) =>
      attempt === 1 && asked === 2
        ? recorded('28-spending-shown-as-zero/answer-refused.http')
        : undefined,
    attempts: 1,
  },
  {
    name: 'two text turns with work in between',
    play: ({ asked }) =>
      [
        look(1),
        words('I have seen the layout. Let me now check the tests.'),
        look(2),
        look(3),
        look(4),
        words('Now I know enough. Next I will write the file.'),
      ][asked - 1],
    requests: 8,
  },
  {
    name: 'a marker inside a sentence',
    play: at(1, recorded('30-marker-in-a-sentence/reply-quoted.http')),
    requests: 3,
  },
  {
    name: 'a stream that is cut once',
    play: at(1, recorded('32-empty-finish-reason-then-cut/reply-finempty.http')),
    requests: 3,
  },
  {
    name: 'MAX_TOKENS in the middle of a call',
    play: at(1, recorded('34-upper-case-limit-reasons/reply-maxtok.http')),
    requests: 3,
  },
  {
    name: 'MALFORMED_FUNCTION_CALL',
    play: at(1, recorded('34-upper-case-limit-reasons/reply-gemmal.http')),
    requests: 3,
  },
  {
    name: 'calls that the server never reads',
    play: () => words('<tool_call>\n{"name": "write_file", "argum'),
    status: 'failed',
    attempts: 3,
    requests: 6,
    reason: 'the server does not parse tool calls',
  },
  {
    name: 'a wall in front of the API after calls that worked',
    play: at(2, recorded('45-html-wall-mid-run/answer.http')),
    requests: 3,
  },
  {
    name: 'a text that was cut at the output limit after a megabyte',
    play: at(1, words(GROWN.repeat(4000), 'length')),
    requests: 3,
  },
  {
    name: 'a server that closes without a word, once',
    play: at(1, raw('data: [DONE]\n\n')),
    requests: 3,
  },
];

describe('stories on servers as they are', () => {
  let server: PlayedServer;
  let project: RalphProject;
  const asked = new Map<string, number>();
  const faults: string[] = [];
  const lengths = new Map<string, number[]>();

  /** The good way through a story: write its file, then say that it is done. */
  function answer(seen: SeenBody): PlayedReply {
    const prompt = seen.body.messages.map((message) => String(message.content)).join('\n');
    if (!('tools' in seen.body)) return words('Done: nothing yet. Next: write the file.');
    const found = /Attempt (\d+) at US-(\d+)/.exec(prompt);
    const [, attempt = '0', number = '0'] = found ?? [];
    const key = `${number}/${attempt}`;
    const count = (asked.get(key) ?? 0) + 1;
    asked.set(key, count);
    lengths.set(number, [...(lengths.get(number) ?? []), seen.text.length]);
    const played = CASES[Number(number) - 1]?.play({
      asked: count,
      attempt: Number(attempt),
      seen,
    });
    if (played !== undefined) return played;
    return prompt.includes(`Created feature-${Number(number)}.txt`) ? DONE : write(Number(number));
  }

  beforeAll(async () => {
    server = await startPlayedServer((seen) => {
      faults.push(...seen.faults);
      return answer(seen);
    });
    server.family = 'kimi';
    project = new RalphProject(`${server.url}/v1`);
    appendFileSync(
      project.config,
      `\n[providers.small]\nbase_url = "${server.url}/v1"\nauth = "none"\ncontext_window = 8000\n`,
    );
  });
  afterAll(async () => {
    await project.close();
    await server.stop();
  });

  it('pass where the server can be understood, and end with its own words where it cannot', async () => {
    const stories = CASES.map(({ name }, index) => ({
      id: `US-${String(index + 1).padStart(3, '0')}`,
      title: name,
    }));
    const folder = project.repository({ stories });
    const { document } = await project.ralph(folder, '--model', 'double/kimi-k2.5');
    expect(document.stories.map((story) => [story.status, story.attempts])).toEqual(
      CASES.map(({ status = 'passed', attempts = 1 }) => [status, attempts]),
    );
    for (const [index, { reason }] of CASES.entries())
      if (reason !== undefined) expect(document.stories[index]?.reason).toContain(reason);
    const requests = CASES.map((_case, index) =>
      [1, 2, 3].reduce(
        (sum, attempt) =>
          sum + (asked.get(`${String(index + 1).padStart(3, '0')}/${attempt}`) ?? 0),
        0,
      ),
    );
    for (const [index, each] of CASES.entries())
      if (each.requests !== undefined)
        expect([each.name, requests[index]]).toEqual([each.name, each.requests]);
    // Nothing that a strict server of the family refuses was ever sent.
    expect(faults).toEqual([]);
    const cutAt = String(CASES.findIndex(({ name }) => name.includes('a megabyte')) + 1).padStart(
      3,
      '0',
    );
    expect(Math.max(...(lengths.get(cutAt) ?? []))).toBeLessThan(100_000);
  }, 300_000);

  it('show what was spent when a conversation was refused, and go on with the next story', async () => {
    server.play = (seen, count) => {
      const prompt = String(seen.body.messages[1]?.content);
      if (prompt.includes('US-002')) return answerSecond(seen);
      return count % 2 === 1
        ? look(count)
        : refusal(400, { error: { message: 'not this conversation' } });
    };
    server.seen.length = 0;
    server.family = 'plain';
    const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    const { document, code } = await project.ralph(folder, '--max-attempts', '1');
    expect(code).toBe(1);
    expect(
      document.stories.map((story) => [story.status, story.attempts, story.input_tokens]),
    ).toEqual([
      ['failed', 1, 900],
      ['passed', 1, 1800],
    ]);
    expect(document.stories[0]?.reason).toContain('not this conversation');
    expect(document.totals.model_calls).toBe(3);
  }, 120_000);

  it('ask a server again in the form that it demands, without anybody’s help', async () => {
    server.family = 'deepseek';
    server.play = (seen) => (seen.text.includes('Created feature-2.txt') ? DONE : write(2));
    server.seen.length = 0;
    const folder = project.repository({ stories: [{ id: 'US-002' }] });
    const { document } = await project.ralph(folder, '--model', 'double/nobody-knows-this-model');
    expect(document.status).toBe('passed');
    expect(server.seen.map((seen) => seen.faults.length)).toEqual([0, 1, 0]);
  }, 120_000);

  it.each([
    ['keeps to the limit of a summary', (limit: number) => limit * 4],
    ['ignores it', () => 60_000],
  ])(
    'end an attempt whose window is too small, where the server %s',
    async (_name, characters) => {
      let summaries = 0;
      server.family = 'plain';
      server.seen.length = 0;
      server.play = (seen, count) => {
        const usage = { prompt_tokens: Math.round(seen.text.length / 4), completion_tokens: 50 };
        if ('tools' in seen.body)
          return withUsage(
            bash(count, `echo turn ${count}; head -c 9000 /dev/zero | tr '\\0' x`),
            usage,
          );
        summaries += 1;
        return withUsage(words('s'.repeat(characters(Number(seen.body['max_tokens'])))), usage);
      };
      const folder = project.repository({ stories: [{ id: 'US-001' }] });
      const { document } = await project.ralph(folder, '--model', 'small/m', '--max-attempts', '1');
      expect(document.stories.map((story) => story.status)).toEqual(['failed']);
      expect(document.stories[0]?.reason).toContain('the window is too small for this work');
      expect(summaries).toBeLessThanOrEqual(4);
      expect(Math.max(...server.seen.map((seen) => seen.text.length))).toBeLessThan(8000 * 6);
    },
    120_000,
  );

  it('go on where the window is much smaller than the configuration says', async () => {
    const refused: string[] = [];
    server.family = 'plain';
    server.seen.length = 0;
    const files = { 'big.txt': `${'a line of text that is long enough\n'.repeat(1200)}` };
    server.play = (seen) => {
      if (seen.text.length > 16_384 * 3) {
        refused.push(seen.text);
        return recorded('25-error-body-without-framing/answer-errunframed.http');
      }
      if (!('tools' in seen.body)) return words('Done: read big.txt.');
      if (seen.text.includes('Created feature-1.txt')) return DONE;
      return server.seen.length < 4
        ? bash(server.seen.length, `cat big.txt; echo ${server.seen.length}`)
        : write(1);
    };
    const folder = project.repository({ stories: [{ id: 'US-001' }], files });
    const { document } = await project.ralph(folder, '--max-attempts', '1');
    expect(document.stories.map((story) => story.status)).toEqual(['passed']);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused).size).toBe(refused.length);
  }, 120_000);

  function bash(n: number, command: string): PlayedReply {
    return chatCalls({ id: `call_b${n}`, name: 'bash', arguments: { command } });
  }

  function withUsage(reply: PlayedReply, usage: unknown): PlayedReply {
    const chunk = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
    return { ...reply, body: reply.body.replace('data: [DONE]', `${chunk}data: [DONE]`) };
  }

  function answerSecond(seen: SeenBody): PlayedReply {
    return seen.text.includes('Created feature-2.txt') ? DONE : write(2);
  }
});
