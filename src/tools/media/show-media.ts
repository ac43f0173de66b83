import { visible } from '../../domain/index.js';
import type { MediaFile } from '../files/text-file.js';
import { seenHash } from '../files/text-file.js';
import { toolError, type ToolContext, type ToolOutput } from '../tool.js';
import { readPdf, type PdfLimits, type PdfPage } from './pdf.js';
import { MAX_PICTURE_BYTES, readPicture } from './picture.js';

/** Pages that one call reads; so many of them are shown as pictures too. */
const USUAL_PAGES = 4;
const MOST_PAGES = 20;
const MAX_CHARACTERS = 50 * 1024;

interface Asked {
  readonly path: string;
  /** First page, from 1. */
  readonly offset?: number | undefined;
  /** Pages. */
  readonly limit?: number | undefined;
}

/** A picture or pages of a document as a result: in words, with pictures for models that take them. */
export function showMedia(
  file: MediaFile,
  asked: Asked,
  reading: PdfLimits & Pick<ToolContext, 'signal'>,
): Promise<ToolOutput> {
  return file.isPicture ? showPicture(file, asked) : showPages(file, asked, reading);
}

async function showPicture(file: MediaFile, { path }: Asked): Promise<ToolOutput> {
  const { name, bytes } = file;
  const answer = await readPicture(bytes);
  if (!answer.isShown)
    return toolError(`${path}: ${name} of ${bytes.length} bytes, not shown: ${answer.reason}.`);
  const { picture, width, height } = answer;
  return {
    text: `${path}: ${name}, ${width}×${height} pixels, ${bytes.length} bytes.`,
    isError: false,
    pictures: [picture],
    ...knowledge(file, 1),
  };
}

async function showPages(
  file: MediaFile,
  { path, offset: first = 1, limit = USUAL_PAGES }: Asked,
  reading: PdfLimits & Pick<ToolContext, 'signal'>,
): Promise<ToolOutput> {
  const count = Math.min(limit, MOST_PAGES);
  const isShown = count <= USUAL_PAGES;
  const answer = await readPdf(file.bytes, { first, count, isShown }, reading);
  const what = `${path}: ${file.name} of ${file.bytes.length} bytes`;
  if (!answer.isRead) return toolError(`${what}, not shown: ${answer.reason}.`);
  const { total, pages } = answer;
  if (pages.length === 0)
    return toolError(`${path}: has ${total} pages; offset ${first} is behind its end.`);
  const last = first + pages.length - 1;
  const share = Math.floor(MAX_CHARACTERS / pages.length);
  const rest =
    last < total ? [`(pages ${first}-${last} of ${total}; go on with offset ${last + 1})`] : [];
  const unseen = isShown
    ? []
    : [`(with limit ${USUAL_PAGES} or less pages are shown as pictures too)`];
  return {
    text: [...pages.map((page) => pageText(page, total, share)), ...rest, ...unseen].join('\n\n'),
    isError: false,
    pictures: pages.flatMap(({ png }) =>
      isSendable(png) ? [{ mediaType: 'image/png' as const, data: png }] : [],
    ),
    ...knowledge(file, first),
  };
}

function isSendable(png: string | null): png is string {
  return png !== null && (png.length / 4) * 3 <= MAX_PICTURE_BYTES;
}

function pageText({ number, text }: PdfPage, total: number, share: number): string {
  const whole = visible(text.replaceAll('\r\n', '\n')).trim();
  const shown =
    whole.length <= share
      ? whole
      : `${whole.slice(0, share)}… (${whole.length - share} more characters; read this page alone)`;
  return `[page ${number} of ${total}]\n${shown === '' ? '(no text)' : shown}`;
}

function knowledge(
  { path, digest }: MediaFile,
  first: number,
): Pick<ToolOutput, 'seen' | 'progress'> {
  const hash = seenHash(digest);
  return {
    seen: [{ path: path.relative, hash }],
    progress: [`read:${path.relative}:${hash}:${first}`],
  };
}
