/** Most characters of a text that travels to a model inside a history; longer ones are stored and referred to. */
export const MESSAGE_LIMIT = 8192;
/** Most characters of the result of one tool call. */
export const RESULT_LIMIT = 160 * 1024;
/** Share of a cut text that shows its beginning; what went wrong mostly stands at the end. */
const HEAD_SHARE = 0.6;

/**
 * The one way to say something to a model: any text, within `limit` characters, with a word about what was left out, and in
 * characters that every server takes (no NUL, no half of a character). Pure.
 */
export function modelText(text: string, limit: number = MESSAGE_LIMIT): string {
  if (text.length <= limit) return wellFormed(text);
  const note = `\n[… ${text.length - limit} characters and more left out …]\n`;
  const room = Math.max(0, limit - note.length);
  const head = Math.floor(room * HEAD_SHARE);
  const tail = room - head;
  return wellFormed(text.slice(0, head) + note + (tail === 0 ? '' : text.slice(-tail))).slice(
    0,
    limit,
  );
}

function wellFormed(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/\p{Cs}/gu, '\uFFFD');
}
