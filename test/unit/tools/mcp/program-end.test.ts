import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endBackground, hasBackground } from '../../../../src/platform/process/background.js';
import { endHolders, holdForLane } from '../../../../src/platform/process/lane-enders.js';
import { doubleServer, mcpBench } from '../../../support/mcp-bench.js';

/** A bench whose server is given the files of the agent, and a connection to it. */
async function opened(
  mode: string,
  { folder, timeoutMs = 5000 }: { folder: 'none' | 'read' | 'write'; timeoutMs?: number },
) {
  const server = doubleServer(mode, { timeoutMs, stdio: { folder } });
  const bench = await mcpBench([server]);
  const signal = new AbortController().signal;
  const connect = () => bench.family.pool.connect({ server, workspace: bench.workspace, signal });
  return { bench, connect, connection: await connect() };
}

/** True while a process runs; one that has ended may be in the table for a while. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a program that gives no answer', () => {
  it('is ended, and another one is asked the next time', async () => {
    const { bench, connect, connection } = await opened('hangs', {
      folder: 'none',
      timeoutMs: 500,
    });
    const { text } = await bench.call('mcp__double__echo', { text: 'x' });
    expect(text).toContain('gave no answer within 0.5 s');
    expect(connection.isOpen).toBe(false);
    expect(await connect()).not.toBe(connection);
  });

  it('stays where it has refused, and where a call was only left', async () => {
    const { bench, connect, connection } = await opened('refuses', { folder: 'write' });
    await bench.call('mcp__double__echo', { text: 'x' });
    expect(await connect()).toBe(connection);
    const shared = await opened('hangs', { folder: 'none' });
    const controller = new AbortController();
    const changes = { signal: controller.signal };
    await shared.bench.call('mcp', { action: 'tools', server: 'double' });
    const call = shared.bench.call('mcp__double__echo', { text: 'x' }, changes);
    const ended = expect(call).rejects.toThrow('cancelled');
    await expect.poll(() => shared.connection.pending).toBe(1);
    controller.abort(new Error('cancelled'));
    await ended;
    expect(await shared.connect()).toBe(shared.connection);
  });

  it('writes nothing into the files of an agent whose call was cancelled', async () => {
    const { bench, connection } = await opened('writes-on', { folder: 'write' });
    const inside = (name: string): string => join(bench.workspace.root, name);
    const controller = new AbortController();
    const call = bench.call('mcp__double__echo', { text: 'x' }, { signal: controller.signal });
    const ended = expect(call).rejects.toThrow('cancelled');
    await expect.poll(() => existsSync(inside('late.txt')), { timeout: 10_000 }).toBe(true);
    const pid = Number(await readFile(inside('pid.txt'), 'utf8'));
    controller.abort(new Error('cancelled'));
    await ended;
    expect([isAlive(pid), connection.isOpen]).toEqual([false, false]);
    expect(existsSync(inside('late.txt'))).toBe(false);
  });

  it('writes nothing after the call has been committed without its answer', async () => {
    const { bench } = await opened('writes-on', { folder: 'write', timeoutMs: 500 });
    const { text } = await bench.call('mcp__double__echo', { text: 'x' });
    expect(text).toContain('gave no answer within 0.5 s');
    const pid = Number(await readFile(join(bench.workspace.root, 'pid.txt'), 'utf8'));
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a program with the files of a lane', () => {
  it.each([
    ['read', false],
    ['write', true],
  ] as const)('ends with what runs there in the background: %s', async (folder, mayWrite) => {
    const { bench, connect, connection } = await opened('plain', { folder });
    const { state } = bench.workspace;
    expect(hasBackground(state)).toBe(mayWrite);
    await endBackground(`${state}-other`);
    expect(connection.isOpen).toBe(true);
    await endBackground(state, 'some agent');
    expect([connection.isOpen, hasBackground(state)]).toEqual([false, false]);
    expect((await connect()).isOpen).toBe(true);
  });

  it('is known to its agent as something that goes on', async () => {
    for (const [folder, leavesRunning] of [
      ['none', undefined],
      ['write', true],
    ] as const) {
      const { bench } = await opened('plain', { folder });
      const call = { id: 'c', name: 'mcp__double__look', arguments: '{}' };
      expect(bench.registry.describeCall(call, 0).leavesRunning).toBe(leavesRunning);
    }
  });

  it('for which another agent waits ends with the lane, and not with one agent', async () => {
    const ended: string[] = [];
    const hold = (name: string, isBusy: boolean) =>
      holdForLane('lane', {
        mayWrite: true,
        isBusy: () => isBusy,
        end: async () => void ended.push(name),
      });
    const leave = [hold('busy', true), hold('idle', false)];
    await endHolders('lane', 'idle');
    expect(ended).toEqual(['idle']);
    leave[1]?.();
    await endHolders('lane', 'all');
    expect(ended).toEqual(['idle', 'busy']);
    leave[0]?.();
    expect(hasBackground('lane')).toBe(false);
  });
});
