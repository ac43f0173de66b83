/** What a file begins with, and what it is then: what people put into projects and models ask to see. */
const KINDS: readonly (readonly [beginning: string, offset: number, name: string])[] = [
  ['\x89PNG\r\n', 0, 'a PNG image'],
  ['\xff\xd8\xff', 0, 'a JPEG image'],
  ['GIF8', 0, 'a GIF image'],
  ['WEBP', 8, 'a WebP image'],
  ['%PDF-', 0, 'a PDF document'],
];
const LONGEST = 16;

/** A sentence for a model that asks for an image or a document: what it is, and what to do instead. Undefined for other files. */
export function refuseMedia(path: string, bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, LONGEST);
  const name = KINDS.find(([beginning, offset]) => head.startsWith(beginning, offset))?.[2];
  if (name === undefined) return undefined;
  const advice =
    name === 'a PDF document'
      ? 'try pdftotext with bash'
      : 'only facts about it can be had with bash (file, identify)';
  return `${path}: ${name} of ${bytes.length} bytes; results of tools are text, so it cannot be shown to you: ${advice}.`;
}
