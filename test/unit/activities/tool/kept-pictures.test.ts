import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPictures, storePictures } from '../../../../src/activities/tool/kept-pictures.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { makePng } from '../../../support/pictures.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { toolDesk } from '../../../support/tool-desk.js';

describe('pictures of an output', () => {
  it('are kept where a result names them, at most eight, and read back', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const pictures = Array.from({ length: 10 }, (_, at) => ({
      mediaType: 'image/gif' as const,
      data: `data${at}`,
    }));
    const { attachments } = await storePictures(blobs, pictures);
    expect(await readPictures(blobs, attachments)).toEqual(pictures.slice(0, 8));
    expect([await storePictures(blobs, []), await storePictures(blobs)]).toEqual([{}, {}]);
    expect(await readPictures(blobs)).toEqual([]);
  });
});

describe('a call that shows a picture', () => {
  const png = makePng(4, 4);

  async function lane(name: string) {
    const desk = await toolDesk({});
    await writeFile(join(desk.workspace.root, name), png);
    return desk;
  }

  it('names it in its result, also after a crash, and holds no bytes of it', async () => {
    const { input, run, blobs } = await lane('a.png');
    const call = await input([['read_file', '{"path":"a.png"}']]);
    const result = await run(call);
    expect(result.preview).toContain('a PNG image, 4×4 pixels');
    expect(await readPictures(blobs, result.attachments)).toEqual([
      { mediaType: 'image/png', data: png.toString('base64') },
    ]);
    expect(JSON.stringify(result).length).toBeLessThan(1000);
    expect(await run(call)).toEqual(result);
  });

  it('shows it from inside a batch', async () => {
    const { input, run, blobs } = await lane('a.png');
    const calls = [
      { tool: 'read_file', args: { path: 'a.png' } },
      { tool: 'glob', args: { pattern: '*' } },
      { tool: 'read_file', args: { path: 'a.png' } },
    ];
    const result = await run(await input([['batch', JSON.stringify({ calls })]]));
    expect(await readPictures(blobs, result.attachments)).toHaveLength(2);
  });

  it('shows none where its text held a key', async () => {
    const name = `ghp_${'a1B2'.repeat(9)}.png`;
    const { input, run } = await lane(name);
    const result = await run(await input([['glob', '{"pattern":"*.png"}']]));
    expect(result.preview).not.toContain(name);
    const shown = await run(await input([['read_file', `{"path":"./${name}"}`]]));
    expect([shown.isError, shown.attachments]).toEqual([false, undefined]);
  });
});
