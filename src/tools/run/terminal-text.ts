const ESCAPE = 0x1b;
const BELL = 0x07;
const STRING_END = 0x9c;
const CONTROL_SEQUENCE = 0x9b;
/** `]`, `P`, `X`, `^`, `_`: what follows up to its end is for the terminal, for example a title. */
const STRINGS = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f]);
/** A string for the terminal without an end in sight is text that begins with a stray escape. */
const LONGEST_STRING = 4096;

/** Terminal output as plain text: no escapes, and of a line that was redrawn only its last state. Linear. */
export function plainTerminalText(text: string): string {
  return withoutControls(text.includes('\r') ? lastStates(text) : text);
}

/** Of each line what stands behind the last carriage return that does not end it. */
function lastStates(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      let end = line.length;
      while (end > 0 && line.charAt(end - 1) === '\r') end -= 1;
      return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
    })
    .join('\n');
}

/** Without escape sequences (ECMA-48) and control characters but tab and line feed. */
function withoutControls(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (!isControl(code)) {
      at += 1;
      continue;
    }
    if (at > kept) parts.push(text.slice(kept, at));
    at = behindControl(text, at, code);
    kept = at;
  }
  if (kept === 0) return text;
  parts.push(text.slice(kept));
  return parts.join('');
}

function isControl(code: number): boolean {
  return code < 0x20 ? code !== 0x09 && code !== 0x0a : code >= 0x7f && code <= 0x9f;
}

function behindControl(text: string, at: number, code: number): number {
  if (code === CONTROL_SEQUENCE) return behindSequence(text, at + 1);
  if (code !== ESCAPE) return at + 1;
  const next = text.charCodeAt(at + 1);
  if (next === 0x5b) return behindSequence(text, at + 2);
  if (STRINGS.has(next)) return behindString(text, at + 2);
  return behindFinal(text, at + 1, 0x30);
}

/** Parameters, then intermediates, then one final character. */
function behindSequence(text: string, from: number): number {
  let at = from;
  while (isBetween(text.charCodeAt(at), 0x30, 0x3f)) at += 1;
  return behindFinal(text, at, 0x40);
}

function behindFinal(text: string, from: number, lowest: number): number {
  let at = from;
  while (isBetween(text.charCodeAt(at), 0x20, 0x2f)) at += 1;
  return isBetween(text.charCodeAt(at), lowest, 0x7e) ? at + 1 : at;
}

/** Behind the end of a string for the terminal; right behind its start when no end is in sight. */
function behindString(text: string, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_STRING);
  for (let at = from; at < limit; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BELL || code === STRING_END) return at + 1;
    // Another sequence ends it as well; `ESC \` is the end itself.
    if (code === ESCAPE) return text.charCodeAt(at + 1) === 0x5c ? at + 2 : at;
    if (code === 0x0a) break;
  }
  return from;
}

function isBetween(code: number, lowest: number, highest: number): boolean {
  return code >= lowest && code <= highest;
}
