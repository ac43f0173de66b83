import type { RunEvent } from '../../domain/index.js';

/** How progress looks: one line an event, or nothing for events that would only be noise. */
export interface ProgressStyle {
  /** Colours and marks; false for logs and pipes. */
  readonly isTerminal: boolean;
}

const COLOURS = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;

/** One line for people about an event, or undefined. Pure. */
export function progressLine(event: RunEvent, style: ProgressStyle): string | undefined {
  const text = event.text ?? '';
  const paint = (name: keyof typeof COLOURS, words: string): string =>
    style.isTerminal ? `\u001b[${COLOURS[name]}m${words}\u001b[0m` : words;
  const time = paint('dim', event.at.slice(11, 19));
  const where = event.story === undefined ? '' : `${event.story} `;
  switch (event.type) {
    case 'run.start':
      return `${time} ${paint('bold', text)}`;
    case 'story.start':
      return `${time} ${paint('bold', `${where}${text}`)}${attemptOf(event)}`;
    case 'model.end':
      return `${time} ${where}turn ${event.turn ?? '?'} · ${text}`;
    case 'tool.start':
      return `${time} ${where}  > ${text}`;
    case 'tool.end':
      return `${time} ${where}  ${isTrue(event, 'is_error') ? paint('yellow', `! ${text}`) : `- ${text}`}`;
    case 'check.start':
      return `${time} ${where}${text}`;
    case 'check.end':
      return `${time} ${where}  ${isZero(event, 'exit_code') ? paint('green', `ok ${text}`) : paint('red', `!! ${text}`)}`;
    case 'commit.end':
      return `${time} ${where}${paint('green', `committed ${text}`)}`;
    case 'story.end':
      return `${time} ${where}${/^passed/.test(text) ? paint('green', text) : paint('red', text)}`;
    case 'stall.note':
    case 'compaction.end':
      return `${time} ${where}${paint('yellow', text)}`;
    case 'run.end':
      return `${time} ${paint('bold', text)}`;
    case 'attempt.start':
    case 'attempt.end':
    case 'turn.start':
      return undefined;
  }
}

function attemptOf(event: RunEvent): string {
  return event.attempt === undefined || event.attempt === 1 ? '' : ` (attempt ${event.attempt})`;
}

function isTrue(event: RunEvent, field: string): boolean {
  return event.data?.[field] === true;
}

function isZero(event: RunEvent, field: string): boolean {
  return event.data?.[field] === 0;
}
