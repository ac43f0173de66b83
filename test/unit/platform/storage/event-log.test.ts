import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { fullDisk } from '../../../support/full-disk.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const event = (seq: number, text = `event ${seq}`): RunEvent => ({
  type: 'run.note',
  seq,
  source: 'run',
  at: '2026-11-25T10:00:00.000Z',
  text,
});

describe('createEventLog', () => {
  it.each([
    ['a bare header of a key', '-----BEGIN PRIVATE KEY-----'],
    ['a key', `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq'.repeat(4)}`],
    ['quotes and control characters', '"},{"\u0000\u001b[2J\u2028'],
  ])('stays readable whatever the text is: %s', async (_name, text) => {
    const folder = await temporaryFolder();
    await createEventLog(folder).append('run-1', [event(1, text), event(2)]);
    await createEventLog(folder).append('run-1', [event(3)]);
    const page = await createEventLog(folder).read('run-1', 0);
    expect(page.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(page.skipped).toBe(0);
    expect(await readFile(join(folder, 'run-1.ndjson'), 'utf8')).not.toContain('MIIE');
  });

  it('writes an event once that is handed in twice at once', async () => {
    const folder = await temporaryFolder();
    const log = createEventLog(folder);
    const other = { ...event(1, 'another'), source: 'agent' };
    await log.append('run-1', [event(1), other, event(2), event(1), other]);
    const { events } = await log.read('run-1', 0);
    expect(events.map(({ source, seq }) => `${source} ${seq}`)).toEqual([
      'run 1',
      'agent 1',
      'run 2',
    ]);
  });

  it('is read page by page, each at least one line and the rest behind it', async () => {
    const folder = await temporaryFolder();
    const log = createEventLog(folder);
    const long = event(2, 'ü'.repeat(700));
    await log.append('run-1', [event(1), long, event(3), event(4)]);
    await appendFile(join(folder, 'run-1.ndjson'), '{"half":');
    for (const most of [1, 100, 300, 10_000]) {
      const seen: number[] = [];
      let pages = 0;
      for (let offset = 0; ; pages += 1) {
        const page = await log.read('run-1', offset, most);
        seen.push(...page.events.map(({ seq }) => seq));
        if (page.nextOffset === offset) break;
        offset = page.nextOffset;
      }
      expect(seen).toEqual([1, 2, 3, 4]);
      expect(pages).toBeLessThanOrEqual(4);
      expect(pages > 1).toBe(most < 10_000);
    }
    expect((await log.read('nobody', 0, 100)).nextOffset).toBe(0);
  });

  it('skips and counts what is no event, and goes on behind it', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'run-1.ndjson');
    await createEventLog(folder).append('run-1', [event(1)]);
    await appendFile(file, `{"seq":2,"te\ngarbage\n\u0000\u0000\n${'x'.repeat(2000)}\n{"half":`);
    const log = createEventLog(folder);
    await log.append('run-1', [event(1), event(2)]);
    expect(await log.read('run-1', 0)).toEqual({
      events: [event(1), event(2)],
      skipped: 4,
      nextOffset: (await readFile(file)).length,
    });
  });

  it('repairs a torn end by bytes, also when it is cut inside a character', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'run-1.ndjson');
    await createEventLog(folder).append('run-1', [event(1, 'ä→🙂')]);
    const whole = await readFile(file);
    await mkdir(folder, { recursive: true });
    await writeFile(file, Buffer.concat([whole, whole.subarray(0, whole.indexOf('🙂') + 2)]));
    await createEventLog(folder).append('run-1', [event(2)]);
    const page = await createEventLog(folder).read('run-1', 0);
    expect(page).toMatchObject({ events: [event(1, 'ä→🙂'), event(2)], skipped: 0 });
  });

  it.skipIf(fullDisk === null)('takes back what a full disk let through', async () => {
    const disk = await fullDisk?.(64 * 1024);
    if (disk === undefined) throw new Error('no disk');
    const log = createEventLog(disk.folder);
    await log.append('run-1', [event(1)]);
    await disk.fill();
    const large = event(2, 'x'.repeat(100_000));
    await expect(log.append('run-1', [large])).rejects.toMatchObject({
      code: 'ERR_DISK_FULL',
      where: { file: join(disk.folder, 'run-1.ndjson') },
    });
    expect((await log.read('run-1', 0)).events).toEqual([event(1)]);
    await disk.free();
    await log.append('run-1', [event(2), event(3)]);
    expect(await log.read('run-1', 0)).toMatchObject({
      events: [event(1), event(2), event(3)],
      skipped: 0,
    });
  });
});
