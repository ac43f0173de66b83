const ESCAPE = '\u001b';

/** Every sequence by which a whole screen, or a terminal's history, is cleared. */
export const SCREEN_CLEARS = new RegExp(`${ESCAPE}\\[[23]J`, 'g');

/** Reverse video on and off. */
export const REVERSE = new RegExp(`${ESCAPE}\\[(?:7|27)m`, 'g');

/** What a terminal would obey in a text that has no colours. */
export const OBEYED = /(?![\n\t])\p{Cc}|\u202e/u;

/** `text` where colours of the given number are set before it. */
export function coloured(code: string, text: string): string {
  return `${ESCAPE}[${code}m${text}`;
}
