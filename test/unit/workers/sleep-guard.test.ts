import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '@temporalio/activity';
import { describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../../src/observability/logger.js';
import { sleepInhibition, tryInhibition } from '../../../src/host/sleep-inhibition.js';
import { createSleepGuard, type SleepGuard } from '../../../src/workers/sleep-guard.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const logger = createLogger({ level: 'error', file: '/dev/null' });

/** A `systemd-inhibit` that notes when it begins, and runs its last argument as the real one does. */
async function machine(script = 'echo began >> "$0.log"; cat > /dev/null; echo ended >> "$0.log"') {
  const folder = await temporaryFolder();
  const program = join(folder, 'systemd-inhibit');
  writeFileSync(program, `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  const power = join(folder, 'power');
  mkdirSync(power);
  const supply = (name: string, fields: Record<string, string>) => {
    mkdirSync(join(power, name), { recursive: true });
    for (const [field, value] of Object.entries(fields))
      writeFileSync(join(power, name, field), `${value}\n`);
  };
  const options = {
    platform: 'linux' as const,
    searchPath: `${folder}:/usr/bin:/bin`,
    powerFolder: power,
  };
  const log = () => readFileSync(`${program}.log`, 'utf8').trim().split('\n');
  return { program, supply, options, log };
}

function work(guard: SleepGuard) {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const { execute } = guard.intercept({} as Context).inbound;
  const over = execute?.({ args: [], headers: {} }, () => done);
  return { finish, over };
}

describe('the machine', () => {
  it('is kept awake while an activity runs, and let go afterwards', async () => {
    const { options, log } = await machine();
    const guard = createSleepGuard({
      inhibition: () => sleepInhibition(options),
      logger,
      lingerMs: 0,
    });
    const [first, second] = [work(guard), work(guard)];
    await vi.waitFor(() => expect(log()).toEqual(['began']));
    first.finish();
    await first.over;
    expect(guard.isHolding()).toBe(true);
    second.finish();
    await second.over;
    await vi.waitFor(() => expect(guard.isHolding()).toBe(false));
  });

  it('is asked once when it refuses, and not again at every activity', async () => {
    const { options, log } = await machine('echo refused >> "$0.log"; exit 1');
    const guard = createSleepGuard({ inhibition: () => sleepInhibition(options), logger });
    const first = work(guard);
    await vi.waitFor(() => expect(guard.isHolding()).toBe(false));
    const second = work(guard);
    expect(guard.isHolding()).toBe(false);
    for (const one of [first, second]) one.finish();
    await Promise.all([first.over, second.over]);
    expect(log()).toEqual(['refused']);
  });
});

describe('sleepInhibition', () => {
  it('holds on mains power, not on battery, and without a battery', async () => {
    const { program, supply, options } = await machine();
    expect(sleepInhibition(options).command?.[0]).toBe(program);
    supply('BAT0', { type: 'Battery', status: 'Discharging' });
    expect(sleepInhibition(options).command).toBe(null);
    supply('AC', { type: 'Mains', online: '0' });
    expect(sleepInhibition(options).command).toBe(null);
    supply('AC', { type: 'Mains', online: '1' });
    expect(sleepInhibition(options).command?.[0]).toBe(program);
  });

  it('does not take the battery of a mouse for the machine’s', async () => {
    const { supply, options } = await machine();
    supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging' });
    expect(sleepInhibition(options).command).not.toBe(null);
  });

  it('says what is missing', async () => {
    expect(sleepInhibition({ platform: 'linux', searchPath: '/nowhere' })).toEqual({
      command: null,
      reason: 'there is no systemd-inhibit on PATH',
    });
    const { program } = await machine('echo "no session manager" >&2; exit 1');
    expect(await tryInhibition([program, 'cat'])).toBe('no session manager');
  });
});
