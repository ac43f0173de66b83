import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { rememberSecret } from '../../../../src/observability/index.js';
import { listenToDeltas, openDeltas } from '../../../../src/platform/records/delta-file.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';
const place = { runId: RUN, story: 'T1', call: 'w/r 3.0' };
const file = (home: string): string => join(home, 'runs', RUN, 'deltas.ndjson');

const leases = async (home: string): Promise<string[]> => {
  const names = await readdir(join(home, 'runs', RUN));
  return names
    .filter((name) => name.endsWith('.lease'))
    .map((name) => join(home, 'runs', RUN, name));
};

/** As a listener leaves that is killed: what it held grows old. */
async function leave(home: string): Promise<void> {
  for (const lease of await leases(home)) await utimes(lease, 1, 1);
}

async function listened() {
  const home = await temporaryFolder();
  const listener = await listenToDeltas(home, RUN);
  const sender = await openDeltas(home, place);
  if (sender === undefined) throw new Error('nobody listens');
  return { home, listener, sender };
}

describe('what a model says while it says it', () => {
  it('goes nowhere where nobody listens', async () => {
    const home = await temporaryFolder();
    expect(await openDeltas(home, place)).toBeUndefined();
    const listener = await listenToDeltas(home, RUN);
    await listener.close();
    expect(await openDeltas(home, place)).toBeUndefined();
    expect(await listener.read()).toEqual([]);
  });

  it('is told line by line, the rest at its end, to everybody who listens', async () => {
    const { home, listener, sender } = await listened();
    const other = await listenToDeltas(home, RUN);
    sender.say('one\ntw');
    sender.say('o\nthr');
    sender.say('ee ü');
    await sender.end();
    const told = await listener.read();
    expect(told[0]).toEqual({ kind: 'begin', story: 'T1', call: 'w/r 3.0' });
    const text = told.map((delta) => (delta.kind === 'text' ? delta.text : '')).join('');
    expect(text).toBe('one\ntwo\nthree ü');
    expect(await listener.read()).toEqual([]);
    expect((await other.read()).length).toBeGreaterThan(1);
  });

  it('holds no key, also one that comes in pieces', async () => {
    const key = 'sk-test-0123456789abcdef0123';
    rememberSecret('test', key);
    const { home, sender } = await listened();
    sender.say(`the key is ${key.slice(0, 9)}`);
    sender.say(`${key.slice(9)}\nand more`);
    await sender.end();
    expect(await readFile(file(home), 'utf8')).not.toContain(key);
  });

  it('ends in silence when whoever listened has gone, or the disk does not take it', async () => {
    const { home, listener, sender } = await listened();
    await listener.close();
    sender.say('line\n');
    await sender.end();
    await expect(stat(file(home))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('goes on for the others when one of them leaves, and goes with the last', async () => {
    const { home, listener, sender } = await listened();
    const other = await listenToDeltas(home, RUN);
    await other.close();
    sender.say('line\n');
    await sender.end();
    expect((await listener.read()).length).toBe(2);
    await listener.close();
    expect(await readdir(join(home, 'runs', RUN))).toEqual([]);
  });

  it('is taken away behind a listener that died, and never begun for it', async () => {
    const { home } = await listened();
    await leave(home);
    expect(await openDeltas(home, place)).toBeUndefined();
    expect(await readdir(join(home, 'runs', RUN))).toEqual([]);
  });

  it('ends within an answer when the listener died, and goes on when it wakes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { home, listener, sender } = await listened();
      sender.say('one\n');
      vi.setSystemTime(Date.now() + 20_000);
      sender.say('two\n');
      await sender.end();
      expect(await readdir(join(home, 'runs', RUN))).toEqual([]);
      expect(await listener.read()).toEqual([]);
      const next = await openDeltas(home, { ...place, call: 'w/r 4.0' });
      next?.say('three\n');
      await next?.end();
      expect((await listener.read()).length).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps the lease of who looks', async () => {
    const { home, listener } = await listened();
    await leave(home);
    const [lease = ''] = await leases(home);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 });
    try {
      await listener.read();
      expect((await stat(lease)).mtimeMs).toBeGreaterThanOrEqual(Date.now() - 10);
      expect(await openDeltas(home, place)).toBeDefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('is bounded: a file that would grow too large is begun anew, an answer without end is cut', async () => {
    const { home, listener, sender } = await listened();
    let largest = 0;
    for (let index = 0; index < 20; index += 1) {
      sender.say(`${'\u0001'.repeat(64 * 1024)}\n`);
      await listener.read();
      largest = Math.max(largest, (await stat(file(home))).size);
    }
    await sender.end();
    largest = Math.max(largest, (await stat(file(home))).size);
    expect(largest).toBeGreaterThan(90 * 1024);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
    await listener.read();
    const next = await openDeltas(home, { ...place, call: 'w/r 4.0' });
    next?.say('small\n');
    await next?.end();
    expect(await listener.read()).toEqual([
      { kind: 'begin', story: 'T1', call: 'w/r 4.0' },
      { kind: 'text', story: 'T1', call: 'w/r 4.0', text: 'small\n' },
    ]);
  });

  it('holds lines of several calls whole, side by side', async () => {
    const { home, listener, sender } = await listened();
    const other = await openDeltas(home, { ...place, call: 'w/r 4.0' });
    for (let index = 0; index < 50; index += 1) {
      sender.say(`${index}\n`);
      other?.say(`${index}\n`);
    }
    await Promise.all([sender.end(), other?.end()]);
    expect((await listener.read()).length).toBe(102);
  });

  it('is read as far as it can be: what is no line of ours is left out', async () => {
    const home = await temporaryFolder();
    const listener = await listenToDeltas(home, RUN);
    await mkdir(join(home, 'runs', RUN), { recursive: true });
    await writeFile(
      file(home),
      'no json\n{"kind":"other"}\n{"kind":"begin","story":"T1","call":"c"}\n{"kind":"te',
    );
    expect(await listener.read()).toEqual([{ kind: 'begin', story: 'T1', call: 'c' }]);
  });
});
