import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { modelText, visible, type Picture } from '../../domain/index.js';
import { readPicture } from '../media/picture.js';
import type { ToolContext } from '../tool.js';
import { cleanText } from './foreign-schema.js';

/** Parts of one result that are looked at. */
const MOST_PARTS = 200;
/** Pictures of one result that are shown. */
const MOST_PICTURES = 4;
/** Of a longer text so much is kept for reading later. */
const MOST_KEPT = 4 * 1024 * 1024;
const NAME = 300;

/** What a result shows: its text, and its pictures. */
export interface ShownResult {
  readonly text: string;
  readonly pictures: readonly Picture[];
}

/** A result of a server as text: what is no text is named. Its first pictures are handed over where `mayShow` says so. */
export async function shownResult(
  { content, structuredContent }: CallToolResult,
  mayShow: boolean,
): Promise<ShownResult> {
  const pictures: Picture[] = [];
  const parts: string[] = [];
  for (const block of content.slice(0, MOST_PARTS)) {
    const isWanted = mayShow && pictures.length < MOST_PICTURES;
    parts.push(
      block.type === 'image' && isWanted ? await takePicture(block, pictures) : blockText(block),
    );
  }
  if (content.length > MOST_PARTS) parts.push(`(${content.length - MOST_PARTS} parts left out)`);
  // Servers repeat it as text for those who do not know it.
  const hasText = content.some(({ type }) => type === 'text');
  if (structuredContent !== undefined && !hasText) parts.push(JSON.stringify(structuredContent));
  return { text: parts.join('\n').trim(), pictures };
}

/** Puts a picture to the others; what stands in its place in the text. */
async function takePicture(
  { data }: Extract<ContentBlock, { type: 'image' }>,
  pictures: Picture[],
): Promise<string> {
  const answer = await readPicture(Buffer.from(data, 'base64'));
  if (!answer.isShown) return `(image, not shown: ${answer.reason})`;
  pictures.push(answer.picture);
  return `(picture ${pictures.length}, ${answer.width}×${answer.height} pixels)`;
}

/** One part of a result or of a prompt. */
export function blockText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `(${block.type} ${cleanText(block.mimeType, NAME)}, ${block.data.length} characters in base64: not shown)`;
    case 'resource_link':
      return `(resource ${cleanText(block.uri, NAME)}: ${cleanText(block.name, NAME)})`;
    case 'resource':
      return resourceText(block.resource);
    default:
      return '(a part of an unknown kind)';
  }
}

/** The content of a resource. */
export function resourceText(
  resource: { readonly uri: string } & (
    | { readonly text: string }
    | { readonly blob: string; readonly mimeType?: string | undefined }
  ),
): string {
  const uri = cleanText(resource.uri, NAME);
  if ('text' in resource) return `${uri}:\n${resource.text}`;
  const kind = cleanText(resource.mimeType ?? 'bytes', NAME);
  return `(${uri}: ${kind}, ${resource.blob.length} characters in base64: not shown)`;
}

/** Text of a server as the result of a tool: within `limit` bytes, the whole kept where there is more. */
export async function shownText(
  whole: string,
  { limit, context }: { readonly limit: number; readonly context: Pick<ToolContext, 'keepWhole'> },
): Promise<string> {
  const text = visible(whole.length <= MOST_KEPT ? whole : modelText(whole, MOST_KEPT));
  if (Buffer.byteLength(text) <= limit) return text === '' ? '(nothing)' : modelText(text, limit);
  const name = await context.keepWhole(text);
  return `${modelText(text, limit)}\n(${whole.length} characters; the whole is ${name}: read_file or grep it)`;
}

/** What a model is told of a question that was asked while its call went on. */
export function overheard(server: string, question: string): string {
  return `(Meanwhile MCP server ${server} was told that nobody answers this question to the person: ${question})`;
}

/** Facts for the stall guard: the same answer again is no progress. */
export function progressOf(text: string, digest: (text: string) => string): readonly string[] {
  return [`mcp:${digest(text).slice(0, 16)}`];
}
