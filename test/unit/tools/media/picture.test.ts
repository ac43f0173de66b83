import { describe, expect, it } from 'vitest';
import { mediaKind } from '../../../../src/tools/media/media-kind.js';
import { MAX_PICTURE_BYTES, readPicture } from '../../../../src/tools/media/picture.js';
import { makePng, pngHead } from '../../../support/pictures.js';

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const WEBP = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64');
const JPEG = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc0000b080003000501011100ffd9',
  'hex',
);

describe('readPicture', () => {
  it.each([
    { bytes: makePng(3, 2), mediaType: 'image/png', width: 3, height: 2 },
    { bytes: JPEG, mediaType: 'image/jpeg', width: 5, height: 3 },
    { bytes: GIF, mediaType: 'image/gif', width: 1, height: 1 },
    { bytes: WEBP, mediaType: 'image/webp', width: 1, height: 1 },
  ])('takes $mediaType, with its size', async ({ bytes, mediaType, width, height }) => {
    expect(await readPicture(bytes)).toEqual({
      isShown: true,
      picture: { mediaType, data: bytes.toString('base64') },
      width,
      height,
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'damaged'],
    ['rubbish', Buffer.from('rubbish'.repeat(9)), 'damaged'],
    ['the beginning of a PNG', makePng(3, 2).subarray(0, 12), 'damaged'],
    ['a drawing in text', Buffer.from('<svg width="3" height="3"></svg>'), 'not svg'],
    ['a bitmap', Buffer.from(`BM${'\0'.repeat(60)}`, 'latin1'), 'not bmp'],
    ['too many pixels', pngHead(9000, 10), '9000×10 pixels'],
    ['no pixels', pngHead(10, 0), '10×0 pixels'],
    ['too many bytes', Buffer.concat([makePng(1, 1), Buffer.alloc(MAX_PICTURE_BYTES)]), 'bytes'],
  ])('does not take %s, and says why', async (_name, bytes, reason) => {
    const answer = await readPicture(bytes);
    expect(answer).toMatchObject({ isShown: false, reason: expect.stringContaining(reason) });
  });
});

describe('mediaKind', () => {
  it.each([
    ['a PNG image', makePng(1, 1), true],
    ['a JPEG image', JPEG, true],
    ['a GIF image', GIF, true],
    ['a WebP image', WEBP, true],
    ['a PDF document', Buffer.from('%PDF-1.7\n'), false],
  ])('knows %s by its first bytes', (name, bytes, isPicture) => {
    expect(mediaKind(bytes)).toEqual({ name, isPicture });
  });

  it('says nothing of other files', () => {
    expect(mediaKind(Buffer.from('\0ELF'))).toBeUndefined();
    expect(mediaKind(Buffer.alloc(0))).toBeUndefined();
  });
});
