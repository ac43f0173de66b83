import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Gateway } from '../../../../src/client/gateway.js';
import { loadConfig } from '../../../../src/config/load.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import type { SessionTurn } from '../../../../src/domain/session/session.js';
import { commandStores } from '../../../../src/runs/results/command-stores.js';
import type { SessionRecord } from '../../../../src/runs/session/find-session.js';
import type { Message } from '../../../../src/tui/state/message.js';
import { SessionFollower } from '../../../../src/tui/work/session-follower.js';
import { openDeltas } from '../../../../src/platform/records/delta-file.js';
import { openingSession } from '../../../support/session-workflow.js';

/** A session on the disk of a test, which is told what to say. */
async function bench(known?: SessionRecord) {
  const home = mkdtempSync(join(tmpdir(), 'ct-follower-'));
  const file = join(home, 'config.toml');
  writeFileSync(file, '');
  const config = { ...(await loadConfig({ configFile: file })), home };
  const { blobs } = commandStores(config);
  const events: RunEvent[] = [];
  const messages: Message[] = [];
  let record: SessionRecord = openingSession({}, { stories: [] });
  const gateway = {
    events: {
      read: async (_: string, offset: number) => ({
        events: events.slice(offset),
        nextOffset: events.length,
      }),
    },
    records: { read: async () => record },
    condition: async () => 'open',
  } as unknown as Gateway;
  const { runId } = record;
  const follower = new SessionFollower({
    config,
    gateway,
    runId,
    known,
    take: (message) => messages.push(message),
  });
  const run = follower.run();
  onTestFinished(async () => {
    follower.stop();
    await run;
  });
  return {
    home,
    runId,
    messages,
    blobs,
    tell: (type: RunEvent['type'], fields: Partial<RunEvent> = {}) =>
      events.push({
        source: 'w',
        seq: events.length + 1,
        type,
        at: new Date().toISOString(),
        story: 'T1',
        ...fields,
      }),
    stand: (next: SessionRecord) => {
      record = next;
    },
    record: () => record,
  };
}

const story = (id: string, status: string) =>
  ({ story: { id, title: 'first line' }, status, attempts: [], commit: null, reason: '' }) as never;

const turn = (prompt: BlobRef, conversation: BlobRef | null, number = 1): SessionTurn => ({
  kind: 'turn',
  number,
  messageId: `m${number}`,
  prompt,
  at: '2026-03-01T00:00:00.000Z',
  model: { provider: 'a', model: 'b' },
  contextWindow: 100,
  git: null,
  conversation: conversation === null ? null : { head: conversation, depth: 1, contextTokens: 1 },
  commit: null,
});

describe('a session that is followed', () => {
  it('tells the answer of a prompt before its end, once the record has it', async () => {
    const { blobs, tell, stand, record, messages } = await bench();
    const prompt = await blobs.put('first line\nsecond line\n\n<file name="a">\nx\n</file>');
    const node = {
      version: 1,
      parent: null,
      depth: 1,
      messages: [{ role: 'assistant', content: 'the answer', toolCalls: [] }],
    };
    const said = await blobs.put(JSON.stringify(node));
    stand({
      ...record(),
      stories: [story('T1', 'running')],
      session: { ...record().session, entries: [turn(prompt, null)] },
    });
    tell('story.start', { text: 'first line' });
    tell('story.end', { text: 'unverified: done' });
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    // the whole of what was said, without what went along
    expect(messages[0]).toMatchObject({
      kind: 'event',
      event: { type: 'story.start', text: 'first line\nsecond line' },
    });
    stand({
      ...record(),
      stories: [story('T1', 'unverified')],
      session: { ...record().session, entries: [turn(prompt, said)] },
    });
    await vi.waitFor(() => expect(messages).toHaveLength(3));
    expect(messages.slice(1)).toMatchObject([
      { kind: 'answered', text: 'the answer' },
      { kind: 'event', event: { type: 'story.end' } },
    ]);
  });

  it('keeps what models say until the log tells of their prompt', async () => {
    const { home, runId, tell, messages } = await bench();
    const open = () => openDeltas(home, { runId, story: 'T1', call: 'w#1.0' });
    const sender = await vi.waitFor(async () => {
      const opened = await open();
      if (opened === undefined) throw new Error('nobody listens yet');
      return opened;
    });
    sender.say('early\n');
    await sender.end();
    tell('story.start', { text: 'say it' });
    await vi.waitFor(() => expect(messages.map(({ kind }) => kind)).toEqual(['event', 'deltas']));
    expect(messages[1]).toMatchObject({
      deltas: [{ kind: 'begin' }, { kind: 'text', text: 'early\n' }],
    });
  });

  it('leaves out prompts that had ended before it was opened, and what was told then', async () => {
    const known = openingSession({}, { stories: [story('T1', 'unverified')] });
    const { tell, messages } = await bench(known);
    tell('tool.end', { text: 'old' });
    tell('run.end', { story: undefined, text: 'old', at: '2020-01-01T00:00:00.000Z' });
    tell('story.start', { story: 'T2', text: 'new' });
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    expect(messages[0]).toMatchObject({ event: { story: 'T2' } });
  });
});
