/** What a file is that holds no text, and that people put into projects and models ask to see. */
export interface MediaKind {
  /** For messages, with its article. */
  readonly name: string;
  readonly isPicture: boolean;
}

const KINDS: readonly (readonly [beginning: string, offset: number, name: string])[] = [
  ['\x89PNG\r\n', 0, 'a PNG image'],
  ['\xff\xd8\xff', 0, 'a JPEG image'],
  ['GIF8', 0, 'a GIF image'],
  ['WEBP', 8, 'a WebP image'],
  ['%PDF-', 0, 'a PDF document'],
];
const LONGEST = 16;

/** What a file is by its first bytes; undefined for other files. */
export function mediaKind(bytes: Buffer): MediaKind | undefined {
  const head = bytes.toString('latin1', 0, LONGEST);
  const name = KINDS.find(([beginning, offset]) => head.startsWith(beginning, offset))?.[2];
  return name === undefined ? undefined : { name, isPicture: name !== 'a PDF document' };
}
