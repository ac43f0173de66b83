import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createEnvelope } from '../../../../src/platform/codec/envelope.js';
import { createStepJournal, stepPath } from '../../../../src/platform/storage/step-journal.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { findLooseBlobs } from '../../../../src/upkeep/cleanup/sweep-blobs.js';
import { fakeDataKeys } from '../../../support/fake-data-keys.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('findLooseBlobs', () => {
  it('follows references through what is encrypted, and stops where it cannot', async () => {
    const home = await temporaryFolder();
    const paths = homePaths(home);
    const envelope = createEnvelope(fakeDataKeys());
    const blobs = createBlobStore(paths.blobs, { envelope });
    const parent = await blobs.put('parent');
    const link = await blobs.put(JSON.stringify({ parent }));
    const orphan = await blobs.put('orphan');
    const key = { scope: 'run', step: 1, index: 0 };
    await createStepJournal(paths.journal, envelope).settle({
      key,
      identity: {},
      parse: (stored) => stored,
      run: async () => ({ output: link }),
    });
    const request = {
      home,
      texts: [],
      journal: [dirname(join(paths.journal, stepPath(key)))],
      before: Date.now() + 60_000,
    };
    const loose = await findLooseBlobs({ ...request, envelope });
    expect(loose.map(({ path }) => path)).toEqual([blobs.path(orphan)]);
    await expect(findLooseBlobs({ ...request, envelope: null })).rejects.toMatchObject({
      code: 'ERR_CODEC_OFF',
    });
  });
});
