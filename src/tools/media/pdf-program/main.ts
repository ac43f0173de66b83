import { PDFiumLibrary } from '@hyzyla/pdfium';
import { encode } from 'fast-png';
import { buffer } from 'node:stream/consumers';
import type { PdfOrder, PdfPage } from '../pdf.js';

/** Points of 1/72 inch are so many pixels at most: text of a page can be read then. */
const MAX_SCALE = 2;
/** Pixels of the longer side: models shrink what is larger. */
const MAX_SIDE = 1568;

/** Reads a PDF from standard input; writes one line of JSON, the number of its pages, and one for each page of the order. */
async function main({ first, count, isShown }: PdfOrder): Promise<void> {
  const bytes = await buffer(process.stdin);
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(bytes);
  const total = document.getPageCount();
  say({ total });
  for (let at = first; at < first + count && at <= total; at += 1) {
    const page = document.getPage(at - 1);
    const answer: PdfPage = { number: at, text: page.getText(), png: null };
    say(isShown ? { ...answer, png: await draw(page) } : answer);
  }
}

type Page = ReturnType<Awaited<ReturnType<PDFiumLibrary['loadDocument']>>['getPage']>;

/** Null = a page that has no room for a pixel: its text counts. */
async function draw(page: Page): Promise<string | null> {
  const { originalWidth, originalHeight } = page.getOriginalSize();
  const scale = Math.min(MAX_SCALE, MAX_SIDE / Math.max(originalWidth, originalHeight, 1));
  if (Math.min(originalWidth, originalHeight) * scale < 1) return null;
  const { data } = await page.render({
    scale,
    render: ({ data: pixels, width, height }) =>
      Promise.resolve(encode({ data: withoutAlpha(pixels), width, height, channels: 3 })),
  });
  return Buffer.from(data).toString('base64');
}

/** Pages are drawn on white, so that nothing of them is transparent. */
function withoutAlpha(pixels: Uint8Array): Uint8Array {
  const count = pixels.length / 4;
  const kept = new Uint8Array(count * 3);
  for (let at = 0; at < count; at += 1) kept.set(pixels.subarray(at * 4, at * 4 + 3), at * 3);
  return kept;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await main(JSON.parse(process.argv[2] ?? '{}') as PdfOrder);
