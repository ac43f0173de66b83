import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { editTool } from '../../../../src/tools/files/edit.js';
import { readFileTool } from '../../../../src/tools/files/read-file.js';
import { showMedia } from '../../../../src/tools/media/show-media.js';
import { makePdf } from '../../../support/pdf.js';
import { makePng, pngHead } from '../../../support/pictures.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const program = fileURLToPath(
  new URL('../../../../dist/tools/media/pdf-program/main.js', import.meta.url),
);

async function bench(files: Readonly<Record<string, Buffer>>) {
  const { workspace } = await workspaceFixture();
  for (const [path, bytes] of Object.entries(files))
    await writeFile(join(workspace.root, path), bytes);
  return { workspace, context: toolContext(workspace) };
}

/** Pages as `read_file` shows them, by the compiled program. */
async function pages(bytes: Buffer, asked: { offset?: number; limit?: number } = {}) {
  const { context, workspace } = await bench({});
  const file = {
    name: 'a PDF document',
    isPicture: false,
    bytes,
    digest: sha256(bytes),
    path: { absolute: join(workspace.root, 'a.pdf'), relative: 'a.pdf' },
  };
  return showMedia(file, { path: 'a.pdf', ...asked }, { ...context, program });
}

describe('read_file of a picture', () => {
  it('says what it is, hands it over, and counts as read', async () => {
    const bytes = makePng(30, 20);
    const { context } = await bench({ 'a.txt': bytes });
    const hash = sha256(bytes).slice(0, 16);
    expect(await callTool(readFileTool, { path: 'a.txt' }, context)).toEqual({
      text: `a.txt: a PNG image, 30×20 pixels, ${bytes.length} bytes.`,
      isError: false,
      pictures: [{ mediaType: 'image/png', data: bytes.toString('base64') }],
      seen: [{ path: 'a.txt', hash }],
      progress: [`read:a.txt:${hash}:1`],
    });
  });

  it('says why it cannot be shown', async () => {
    const { context } = await bench({
      'big.png': pngHead(10_000, 1),
      'cut.png': pngHead(0, 0).subarray(0, 9),
    });
    expect(await callTool(readFileTool, { path: 'big.png' }, context)).toMatchObject({
      text: expect.stringMatching(
        /^big\.png: a PNG image of \d+ bytes, not shown: it has 10000×1 pixels\.$/,
      ),
      isError: true,
    });
    expect((await callTool(readFileTool, { path: 'cut.png' }, context)).text).toContain('damaged');
  });

  it('is not edited as text', async () => {
    const { context } = await bench({ 'a.png': makePng(2, 2), 'a.pdf': makePdf(['a']) });
    for (const path of ['a.png', 'a.pdf'])
      expect(
        await callTool(editTool, { path, old_string: 'a', new_string: 'b' }, context),
      ).toMatchObject({ isError: true, text: expect.stringContaining('cannot be edited as text') });
  });
});

describe('read_file of a PDF', () => {
  it('shows four pages with their pictures, and where to go on', async () => {
    const output = await pages(makePdf(['one', '', 'three', 'four', 'five']));
    expect(output.text).toBe(
      '[page 1 of 5]\none\n\n[page 2 of 5]\n(no text)\n\n[page 3 of 5]\nthree\n\n[page 4 of 5]\nfour\n\n(pages 1-4 of 5; go on with offset 5)',
    );
    expect(output.pictures?.map(({ mediaType }) => mediaType)).toEqual(Array(4).fill('image/png'));
    expect(output.progress).toHaveLength(1);
  });

  it('shows more pages in words alone', async () => {
    const output = await pages(makePdf(['one', 'two', 'three', 'four', 'five', 'six']), {
      offset: 2,
      limit: 2000,
    });
    expect(output.text).toContain('[page 6 of 6]\nsix');
    expect(output.text).toContain('with limit 4 or less');
    expect(output.pictures).toEqual([]);
  });

  it('makes nothing of what a page says to a terminal, and cuts long pages', async () => {
    const output = await pages(makePdf(['red \\033[31m text', 'x'.repeat(60_000)]));
    expect(output.text).not.toContain('\u001B');
    expect(output.text).toMatch(/x… \(\d+ more characters; read this page alone\)/);
    expect(output.text.length).toBeLessThan(60_000);
  });

  it('says that there is no such page, or that it cannot be read', async () => {
    expect(await pages(makePdf(['one']), { offset: 3 })).toMatchObject({
      text: 'a.pdf: has 1 pages; offset 3 is behind its end.',
      isError: true,
    });
    expect(await pages(Buffer.from('%PDF-1.4'))).toMatchObject({
      text: expect.stringContaining('not shown: it is damaged'),
      isError: true,
    });
  });
});
