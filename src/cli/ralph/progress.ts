import { visibleLine, type EventType, type RunEvent } from '../../domain/index.js';

/** How progress looks: one line an event, or nothing for events that would only be noise. */
export interface ProgressStyle {
  /** Colours and marks; false for logs and pipes. */
  readonly isTerminal: boolean;
}

const COLOURS = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;

/** An event with what its line is made of. */
interface Line {
  readonly event: RunEvent;
  readonly text: string;
  /** Story id with a space behind it, or nothing. */
  readonly where: string;
  readonly paint: (name: keyof typeof COLOURS, words: string) => string;
}

/** How each kind of event looks behind its time; null = no line. */
const LINES: Readonly<Record<EventType, ((line: Line) => string) | null>> = {
  'run.start': ({ text, paint }) => paint('bold', text),
  'story.start': ({ event, text, where, paint }) =>
    `${paint('bold', `${where}${text}`)}${attemptOf(event)}`,
  'attempt.start': null,
  'turn.start': null,
  'model.end': ({ event, text, where }) => `${where}turn ${event.turn ?? '?'} · ${text}`,
  'model.switch': ({ text, where, paint }) => `${where}${paint('yellow', text)}`,
  'tool.start': ({ text, where }) => `${where}  > ${text}`,
  'tool.end': ({ event, text, where, paint }) =>
    `${where}  ${event.data?.['is_error'] === true ? paint('yellow', `! ${text}`) : `- ${text}`}`,
  'setup.start': ({ text, where }) => `${where}${text}`,
  'setup.end': ({ text, where }) => `${where}${text}`,
  'baseline.start': ({ text }) => text,
  'baseline.end': ({ text }) => text,
  'merge.start': ({ text, where }) => `${where}${text}`,
  'merge.end': ({ text, where }) => `${where}${text}`,
  'check.start': ({ text, where }) => `${where}${text}`,
  'check.end': ({ event, text, where, paint }) =>
    `${where}  ${isAbsent(event) ? paint('yellow', `-- ${text}`) : isFine(event) ? paint('green', `ok ${text}`) : paint('red', `!! ${text}`)}`,
  'commit.end': ({ text, where, paint }) => `${where}${paint('green', `committed ${text}`)}`,
  'story.end': ({ text, where, paint }) => `${where}${paint(endColour(text), text)}`,
  'story.note': ({ text, where, paint }) => `${where}${paint('yellow', text)}`,
  'stall.note': ({ text, where, paint }) => `${where}${paint('yellow', text)}`,
  'question.ask': ({ text, where, paint }) => `${where}${paint('bold', `asks: ${text}`)}`,
  'question.answer': ({ text, where }) => `${where}is answered: ${text}`,
  'question.default': ({ text, where, paint }) => `${where}${paint('yellow', `assumes: ${text}`)}`,
  'question.park': ({ text, where, paint }) =>
    `${where}${paint('yellow', `is set aside until somebody answers: ${text}`)}`,
  'permission.ask': ({ text, where, paint }) => `${where}${paint('bold', text)}`,
  'permission.answer': ({ text, where }) => `${where}is answered: ${text}`,
  'wall.reach': ({ text, where, paint }) =>
    `${where}${paint('yellow', `reached beyond its walls: ${text}`)}`,
  'permission.deny': ({ text, where, paint }) => `${where}${paint('yellow', `refused: ${text}`)}`,
  'hook.end': ({ event, text, where, paint }) =>
    event.data?.['outcome'] === 'passed'
      ? `${where}  ${text}`
      : `${where}  ${paint('yellow', text)}`,
  'compaction.end': ({ text, where, paint }) => `${where}${paint('yellow', text)}`,
  'attempt.end': null,
  'run.wait': ({ text, paint }) => paint('yellow', text),
  'run.pause': ({ text, paint }) => paint('yellow', text),
  'run.resume': ({ text }) => text,
  'run.note': ({ text, paint }) => paint('yellow', text),
  'run.end': ({ text, paint }) => paint('bold', text),
  'task.start': ({ text }) => text,
  'task.note': ({ text, paint }) => paint('yellow', text),
  'task.message': null,
  'task.artifact': null,
  'task.end': ({ text, paint }) => paint('bold', text),
};

/** One line for people about an event, or undefined. Pure. */
export function progressLine(event: RunEvent, style: ProgressStyle): string | undefined {
  const render = LINES[event.type];
  if (render === null) return undefined;
  const paint: Line['paint'] = (name, words) =>
    style.isTerminal ? `\u001b[${COLOURS[name]}m${words}\u001b[0m` : words;
  const where = event.story === undefined ? '' : `${visibleLine(event.story)} `;
  const text = visibleLine(event.text ?? '');
  return `${paint('dim', event.at.slice(11, 19))} ${render({ event, text, where, paint })}`;
}

/** What ended well and nobody checked is neither good nor bad yet. */
function endColour(text: string): keyof typeof COLOURS {
  if (text.startsWith('passed')) return 'green';
  return text.startsWith('unverified') ? 'bold' : 'red';
}

function isAbsent({ data }: RunEvent): boolean {
  return data?.['is_absent'] === true;
}

function isFine({ data }: RunEvent): boolean {
  return data?.['exit_code'] === 0 || data?.['is_known_failure'] === true;
}

function attemptOf(event: RunEvent): string {
  return event.attempt === undefined || event.attempt === 1 ? '' : ` (attempt ${event.attempt})`;
}
