import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/domain/run/event.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createEnvelope, type Envelope } from '../../../../src/platform/codec/envelope.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { createStepJournal } from '../../../../src/platform/storage/step-journal.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const MARKER = 'marker-of-a-story';
const OFF = { code: 'ERR_CODEC_OFF', isRetryable: false };

const event = (seq: number): RunEvent => ({
  type: 'run.note',
  seq,
  source: 'run',
  at: '2026-11-25T10:00:00.000Z',
  text: `${MARKER} ${seq}`,
});

/** True when some file below the folder holds the marker. */
async function isOnDisk(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  const contents = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name))),
  );
  return contents.some((content) => content.includes(MARKER));
}

describe('blob store with an envelope', () => {
  it('writes nothing plain, under the same names, and reads what was plain before', async () => {
    const folder = await temporaryFolder();
    const envelope = createEnvelope(fakeDataKeys());
    const sealed = createBlobStore(folder, { cacheBytes: 0, envelope });
    const ref = await sealed.put(MARKER);
    expect(await isOnDisk(folder)).toBe(false);
    expect(await sealed.getText(ref)).toBe(MARKER);
    const plain = createBlobStore(folder, { cacheBytes: 0 });
    await expect(plain.get(ref)).rejects.toMatchObject(OFF);
    const old = await plain.put(`old ${MARKER}`);
    expect(await sealed.getText(old)).toBe(`old ${MARKER}`);
  });

  it('opens no blob under the name of another', async () => {
    const folder = await temporaryFolder();
    const envelope = createEnvelope(fakeDataKeys());
    const blobs = createBlobStore(folder, { cacheBytes: 0, envelope });
    const [one, two] = [await blobs.put('one'), await blobs.put('two')];
    const { copyFile } = await import('node:fs/promises');
    await copyFile(blobs.path(one), blobs.path(two));
    await expect(blobs.get(two)).rejects.toMatchObject({ code: 'ERR_CODEC_TAMPERED' });
  });
});

describe('event log with an envelope', () => {
  it('writes nothing plain, goes on behind plain lines, and drops what it knows', async () => {
    const folder = await temporaryFolder();
    const envelope = createEnvelope(fakeDataKeys());
    await createEventLog(folder).append('run-1', [event(1)]);
    await createEventLog(folder, envelope).append('run-1', [event(1), event(2)]);
    const { events } = await createEventLog(folder, envelope).read('run-1', 0);
    expect(events).toEqual([event(1), event(2)]);
    await createEventLog(folder, envelope).append('run-2', [event(1)]);
    const text = await readFile(join(folder, 'run-2.ndjson'), 'utf8');
    expect(text).not.toContain(MARKER);
    expect(Buffer.from(text, 'base64').includes(MARKER)).toBe(false);
    await expect(createEventLog(folder).read('run-2', 0)).rejects.toMatchObject(OFF);
  });
});

describe('step journal with an envelope', () => {
  const settle = (folder: string, envelope: Envelope | null, step: number) =>
    createStepJournal(folder, envelope).settle({
      key: { scope: 'run', step, index: 0 },
      identity: { request: 'one' },
      parse: String,
      run: async () => MARKER,
    });

  it('writes nothing plain, and reads results of both kinds back', async () => {
    const folder = await temporaryFolder();
    const envelope = createEnvelope(fakeDataKeys());
    await settle(folder, envelope, 1);
    expect(await isOnDisk(folder)).toBe(false);
    const replayed = { result: MARKER, isReplayed: true };
    expect(await settle(folder, envelope, 1)).toEqual(replayed);
    await expect(settle(folder, null, 1)).rejects.toMatchObject(OFF);
    await settle(folder, null, 2);
    expect(await settle(folder, envelope, 2)).toEqual(replayed);
  });
});
