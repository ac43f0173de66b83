import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openUiAccess } from '../../../../src/host/temporal/ui-ticket.js';
import { serviceFiles } from '../../../../src/host/light/service-files.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const HOUR_MS = 3_600_000;

describe('openUiAccess', () => {
  it('gives a session for a ticket once, whichever process made it', async () => {
    const home = await temporaryFolder();
    const ticket = openUiAccess(home).mintTicket();
    const access = openUiAccess(home);
    const given = access.exchange(ticket);
    expect(given).toEqual({ session: expect.any(String), maxAgeMs: 12 * HOUR_MS });
    expect(access.exchange(ticket)).toBeUndefined();
    expect(access.isSession(given?.session ?? '')).toBe(true);
    expect(openUiAccess(home).isSession(given?.session ?? '')).toBe(true);
  });

  it('refuses what is late, forged, of another home, or meant for something else', async () => {
    const home = await temporaryFolder();
    let now = 1_800_000_000_000;
    const access = openUiAccess(home, () => now);
    const ticket = access.mintTicket();
    const { session = '' } = access.exchange(access.mintTicket()) ?? {};
    expect([access.isSession(ticket), access.exchange(session)]).toEqual([false, undefined]);
    expect(openUiAccess(await temporaryFolder(), () => now).exchange(ticket)).toBeUndefined();
    for (const forged of [
      '',
      'x',
      ticket.slice(0, -1),
      `${Number(ticket.slice(0, 13)) + 1}${ticket.slice(13)}`,
      ticket.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      '\0'.repeat(500),
    ])
      expect(access.exchange(forged), forged).toBeUndefined();
    now += 3 * 60_000;
    expect(access.exchange(ticket)).toBeUndefined();
    now += 13 * HOUR_MS;
    expect(access.isSession(session)).toBe(false);
  });

  it('keeps its key where only the user can read it', async () => {
    const home = await temporaryFolder();
    openUiAccess(home);
    const path = serviceFiles(home).uiKey;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^[\w-]{43}$/);
  });
});
