import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { rememberSecret } from '../../../../src/observability/index.js';
import {
  backgroundOf,
  endBackground,
  hasBackground,
  startBackground,
  type BackgroundProcess,
} from '../../../../src/platform/process/background.js';

const lanes: string[] = [];
const signal = new AbortController().signal;

function lane(): string {
  const name = `lane-${randomUUID()}`;
  lanes.push(name);
  return name;
}

function start(script: string, where = lane(), scope = 'agent-1'): BackgroundProcess {
  return startBackground({
    lane: where,
    scope,
    title: script.slice(0, 20),
    request: {
      command: '/bin/sh',
      args: ['-c', script],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      timeoutMs: 60_000,
    },
  });
}

/** A process that nobody has waited for yet is dead all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function ended(process: BackgroundProcess): Promise<BackgroundProcess> {
  for (;;) {
    if (process.end !== undefined) return process;
    process.read(1024 * 1024);
    await process.waitForNews(20_000, signal);
  }
}

/** Reads until the text holds `words`. */
async function readUntil(process: BackgroundProcess, words: string): Promise<string> {
  let text = '';
  while (!text.includes(words)) {
    await process.waitForNews(20_000, signal);
    const part = process.read(1024 * 1024);
    text += part.text;
    if (process.end !== undefined && part.text === '') break;
  }
  return text;
}

afterEach(async () => {
  await Promise.all(lanes.splice(0).map((name) => endBackground(name)));
});

describe('a process in the background', () => {
  it('is read piece by piece, each byte once', async () => {
    const process = start('echo one; read line; echo "got $line"; exit 3');
    expect(await readUntil(process, 'one')).toBe('one\n');
    expect(process.end).toBeUndefined();
    expect(await process.write('two\n')).toBe('taken');
    expect(await readUntil(process, 'got')).toBe('got two\n');
    await ended(process);
    expect(process.end).toMatchObject({ outcome: 'exited', exitCode: 3 });
    expect(process.read(100)).toMatchObject({ text: '', lostBytes: 0, leftBytes: 0 });
  });

  it('ends with its input, when that is closed', async () => {
    const process = start('cat');
    expect(await process.write('x\n')).toBe('taken');
    process.closeInput();
    await ended(process);
    expect(process.end).toMatchObject({ exitCode: 0 });
    expect(await process.write('y\n')).toBe('closed');
  });

  it('says so when its input is not read, without waiting for ever', async () => {
    const process = start('exec sleep 50');
    const much = 'x'.repeat(8_000_000);
    expect(await process.write(much)).toBe('waiting');
    expect(await process.write('more')).toBe('waiting');
  });

  it('keeps the end of a flood, and counts what is lost', async () => {
    const process = start('head -c 3000000 /dev/zero | tr "\\0" "x"; echo; echo last');
    while (process.end === undefined) await delay(10);
    const part = process.read(10 * 1024 * 1024);
    expect(part.text.endsWith('x\nlast\n')).toBe(true);
    expect(part.text.length).toBe(512 * 1024);
    expect(part.lostBytes + part.text.length).toBe(process.totalBytes);
    expect(process.totalBytes).toBe(3_000_006);
  });

  it('is read in parts that cut no character', async () => {
    const process = start("printf 'ä€ö\\n'");
    await process.waitForNews(20_000, signal);
    const parts: string[] = [];
    for (;;) {
      const { text, leftBytes } = process.read(4);
      parts.push(text);
      if (leftBytes === 0) break;
    }
    expect(parts.join('')).toBe('ä€ö\n');
    expect(parts.every((part) => !part.includes('\uFFFD'))).toBe(true);
    expect(parts.length).toBeGreaterThan(1);
  });

  it('shows the beginning of a line that waits for an answer, and the whole line later', async () => {
    const process = start('printf "Go on? [y/N] "; read answer; echo "you said $answer"');
    let open = '';
    while (open === '') {
      await process.waitForNews(250, signal);
      open = process.read(1000).openLine;
    }
    expect(open).toBe('Go on? [y/N] ');
    await process.write('y\n');
    expect(await readUntil(process, 'said')).toBe('Go on? [y/N] you said y\n');
  });

  it('shows no secret, also one that comes in two pieces', async () => {
    const secret = `hidden-${randomUUID()}`;
    rememberSecret('test', secret);
    const [head, tail] = [secret.slice(0, 9), secret.slice(9)];
    const process = start(`printf '%s' '${head}'; read _; printf '%s\\n' '${tail}'; echo done`);
    await process.write('\n');
    const text = await readUntil(process, 'done');
    expect(text).not.toContain(secret);
    expect(text).not.toContain(tail);
    expect(text).toContain('done');
  });

  it('is ended with everything that it started', async () => {
    const where = lane();
    const process = start('sleep 100 & echo $!; trap "" TERM; sleep 100', where);
    const child = Number((await readUntil(process, '\n')).trim());
    expect(isAlive(child)).toBe(true);
    expect(hasBackground(where)).toBe(true);
    await endBackground(where);
    expect(process.end).toMatchObject({ outcome: 'cancelled' });
    expect(hasBackground(where)).toBe(false);
    expect(isAlive(child)).toBe(false);
  });

  it('is ended at its time limit', async () => {
    const process = startBackground({
      lane: lane(),
      scope: 'a',
      title: 'slow',
      request: {
        command: '/bin/sh',
        args: ['-c', 'exec sleep 100'],
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        timeoutMs: 50,
      },
    });
    await ended(process);
    expect(process.end).toMatchObject({ outcome: 'timed-out' });
  });

  it('that cannot be started has ended, with the reason', async () => {
    const process = startBackground({
      lane: lane(),
      scope: 'a',
      title: 'none',
      request: { command: '/no/such/program', args: [], cwd: '/', env: {}, timeoutMs: 1000 },
    });
    await ended(process);
    expect(process.end?.failure).toContain('/no/such/program');
  });

  it('is waited for no longer than was asked, and not when the call is cancelled', async () => {
    const process = start('exec sleep 100');
    await process.waitForNews(10, signal);
    expect(process.end).toBeUndefined();
    const controller = new AbortController();
    const waiting = process.waitForNews(60_000, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(process.waitForNews(1, controller.signal)).rejects.toThrow('cancelled');
  });
});

describe('the processes of a lane', () => {
  it('have numbers of their own, and end by their owner', async () => {
    const where = lane();
    const first = start('exec sleep 100', where, 'one');
    const second = start('exec sleep 100', where, 'two');
    expect(backgroundOf(where).map(({ id, scope }) => `${id} ${scope}`)).toEqual([
      'bg-1 one',
      'bg-2 two',
    ]);
    expect(start('true').id).toBe('bg-1');
    await endBackground(where, 'one');
    expect(first.end).toMatchObject({ outcome: 'cancelled' });
    expect(second.end).toBeUndefined();
    expect(backgroundOf(where)).toEqual([second]);
    expect(start('true', where, 'one').id).toBe('bg-3');
  });

  it('are remembered to a bound, running ones for longest', async () => {
    const where = lane();
    const running = start('exec sleep 100', where);
    for (let at = 0; at < 40; at += 1) await ended(start('true', where));
    const known = backgroundOf(where);
    expect(known.length).toBeLessThanOrEqual(33);
    expect(known[0]).toBe(running);
    expect(known.at(-1)?.id).toBe('bg-41');
  });

  it('are none where nothing was started', async () => {
    expect(backgroundOf('nowhere')).toEqual([]);
    expect(hasBackground('nowhere')).toBe(false);
    await expect(endBackground('nowhere')).resolves.toBeUndefined();
  });
});
