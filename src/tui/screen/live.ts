import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { visible, visibleLine } from '../../domain/index.js';
import { formatDuration, formatUsd } from '../../report/index.js';
import { standingOf, type Menu, type Standing, type ViewState } from '../state/view-state.js';
import { paint, type Theme } from './theme.js';

/** What the live region is made for. */
export interface LiveScreen {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly now: Date;
  /** Lines of the run that is followed; none = no run is. */
  readonly board: readonly string[];
}

/** Lines of each part, on a screen that has room for all. */
const MOST = { text: 8, tools: 5, board: 10, queued: 3, editor: 8, menu: 8 };
/** Below this only the editor and one line are drawn. */
const SMALLEST = { rows: 8, columns: 24 };
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 200;

/** Where the cursor of the editor is shown. */
const CURSOR = '\u001b[7m';
const CURSOR_END = '\u001b[27m';

/**
 * The lines that are drawn again and again: fewer than the screen has, each no wider than it, so that nothing above them is ever touched. Pure.
 */
export function liveLines(state: ViewState, screen: LiveScreen): string[] {
  const { rows, columns } = screen;
  const isTiny = rows < SMALLEST.rows || columns < SMALLEST.columns;
  const upper = isTiny
    ? [statusLine(state, screen)]
    : [
        ...textLines(state, screen),
        ...toolLines(state, screen),
        ...boardLines(state, screen),
        ...queuedLines(state, screen),
        ...askLines(state, screen),
        statusLine(state, screen),
      ];
  const lower = [
    ...editorLines(state, screen),
    ...(isTiny || state.menu === null ? [] : menuLines(state.menu, screen)),
  ];
  const room = Math.max(1, rows - 2);
  // the editor stays whatever else has to go
  const shownLower = lower.slice(0, room);
  const rest = room - shownLower.length;
  const shownUpper = rest === 0 ? [] : upper.slice(-rest);
  return [...shownUpper, ...shownLower].map((line) => cut(line, columns));
}

function cut(line: string, columns: number): string {
  const width = Math.max(1, columns - 1);
  if (stringWidth(line) <= width) return line;
  return wrapAnsi(line, width, { hard: true, trim: false }).split('\n')[0] ?? '';
}

function textLines({ text }: ViewState, { columns, theme }: LiveScreen): string[] {
  const { rest, fence } = text.open;
  if (rest.trim() === '') return [];
  const shown = visible(rest.slice(-4000)).replaceAll('\t', '  ').trimEnd();
  const wrapped = wrapAnsi(shown, Math.max(1, columns - 2), { hard: true, trim: false });
  const lines = wrapped.split('\n').slice(-MOST.text);
  return fence === null ? lines : lines.map((line) => paint(theme, 'code', line));
}

function toolLines({ work }: ViewState, { theme, now }: LiveScreen): string[] {
  const { tools } = work;
  const lines = tools.slice(-MOST.tools).map(({ title, startedAt }) => {
    const since = formatDuration(Math.max(0, now.getTime() - Date.parse(startedAt)));
    return `${paint(theme, 'accent', spinner(now))} ${visibleLine(title)} ${paint(theme, 'faint', since)}`;
  });
  const more = tools.length - MOST.tools;
  return more > 0 ? [paint(theme, 'faint', `… ${more} more at work`), ...lines] : lines;
}

function spinner(now: Date): string {
  return SPINNER[Math.floor(now.getTime() / FRAME_MS) % SPINNER.length] ?? '';
}

function boardLines({ isBoardShown }: ViewState, { board, theme }: LiveScreen): string[] {
  if (board.length === 0) return [];
  if (!isBoardShown)
    // its lines are made for a terminal already
    return [`${board[0] ?? ''} ${paint(theme, 'faint', '(ctrl+s shows it)')}`];
  const shown = board.slice(0, MOST.board);
  const more = board.length - shown.length;
  return more > 0 ? [...shown, paint(theme, 'faint', `… ${more} more lines`)] : [...shown];
}

function queuedLines({ work }: ViewState, { theme }: LiveScreen): string[] {
  const queued = work.prompts.filter(({ status }) => status === 'queued');
  const lines = queued
    .slice(0, MOST.queued)
    .map(({ text }) => paint(theme, 'faint', `queued: ${visibleLine(text)}`));
  const more = queued.length - lines.length;
  return more > 0 ? [...lines, paint(theme, 'faint', `… ${more} more queued`)] : lines;
}

function askLines({ work }: ViewState, { columns, theme }: LiveScreen): string[] {
  const [ask] = work.asks;
  if (ask === undefined) return [];
  const wrapped = wrapAnsi(visibleLine(ask.text), Math.max(1, columns - 4), { hard: true });
  const how = ask.isConsent ? 'y = yes, n = no, or say why not' : 'type the answer';
  return [
    ...wrapped
      .split('\n')
      .slice(0, 6)
      .map((line) => `${paint(theme, 'warning', '┃')} ${line}`),
    `${paint(theme, 'warning', '┃')} ${paint(theme, 'faint', `${how}, then enter`)}`,
  ];
}

const WORDS: Readonly<Record<Standing, string>> = {
  idle: 'ready',
  sending: 'sending',
  calling: 'the model works',
  asks: 'waits for your answer',
  paused: 'paused',
  waiting: 'waits',
  working: 'working',
};

function statusLine(state: ViewState, { theme, now }: LiveScreen): string {
  const { work, session, agent, model, attached, shells } = state;
  const cost = work.costMicroUsd === null ? '' : `, ${formatUsd(work.costMicroUsd)}`;
  const parts = [
    standingWords(state, now),
    ...(shells === 0 ? [] : [`${shells} of your programs at work (ctrl+c ends them)`]),
    visibleLine(agent),
    visibleLine(model),
    session === null ? 'new session' : session.slice(-8),
    `${work.tokens} tokens${cost}`,
    ...(attached.length === 0 ? [] : [`${attached.length} outputs attached`]),
  ];
  return `${urgentWords(state, theme)}${paint(theme, 'faint', parts.join(' · '))}`;
}

/** Standings in which nothing moves. */
const QUIET: ReadonlySet<Standing> = new Set(['idle', 'asks', 'paused']);

function standingWords(state: ViewState, now: Date): string {
  const { work, isInterrupting } = state;
  const standing = standingOf(state);
  const details: Partial<Record<Standing, string | null | undefined>> = {
    paused: work.pausedFor,
    waiting: Object.values(work.waits)[0],
  };
  const detail = visibleLine(details[standing] ?? '');
  const mark = QUIET.has(standing) ? '●' : spinner(now);
  const word = isInterrupting ? 'stopping' : WORDS[standing];
  return `${mark} ${word}${detail === '' ? '' : `: ${detail}`}`;
}

/** What is said before everything else. */
function urgentWords({ trouble, isLeaving }: ViewState, theme: Theme): string {
  if (trouble !== null) return `${paint(theme, 'bad', visibleLine(trouble))} `;
  return isLeaving ? `${paint(theme, 'warning', 'ctrl+c once more leaves')} ` : '';
}

/** The part of the text around the cursor, which is shown in reverse. */
function editorLines({ editor }: ViewState, { columns, theme }: LiveScreen): string[] {
  const { text, cursor } = editor;
  const [at = ' '] = text.slice(cursor);
  const shownAt = at === '\n' ? ' \n' : visible(at).slice(0, 8);
  const isNewline = at === '\n';
  const marked = `${show(text.slice(0, cursor))}${CURSOR}${isNewline ? ' ' : shownAt}${CURSOR_END}${isNewline ? '\n' : ''}${show(text.slice(cursor + (cursor < text.length ? at.length : 0)))}`;
  const width = Math.max(1, columns - 3);
  const lines = wrapAnsi(marked, width, { hard: true, trim: false }).split('\n');
  const row = Math.max(
    0,
    lines.findIndex((line) => line.includes(CURSOR)),
  );
  const from = Math.max(0, Math.min(row - MOST.editor + 2, lines.length - MOST.editor));
  return lines
    .slice(from, from + MOST.editor)
    .map((line, index) => `${index + from === 0 ? paint(theme, 'prompt', '>') : ' '} ${line}`);
}

function show(text: string): string {
  return visible(text).replaceAll('\t', '  ');
}

function menuLines({ entries, chosen }: Menu, { theme }: LiveScreen): string[] {
  const from = Math.max(0, Math.min(chosen - MOST.menu + 1, entries.length - MOST.menu));
  return entries.slice(from, from + MOST.menu).map(({ label, detail }, index) => {
    const line = `${index + from === chosen ? '›' : ' '} ${visibleLine(label)}`;
    const about = detail === '' ? '' : `  ${paint(theme, 'faint', visibleLine(detail))}`;
    return `${index + from === chosen ? paint(theme, 'accent', line) : line}${about}`;
  });
}
