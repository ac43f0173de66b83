// What the model of the benchmark says: the same to the same request, worse the fuller its window is.
import { nextMove, SUMMARY } from './agent-moves.mjs';
import { chance, hash } from './chance.mjs';
import { labelOf, LABELS } from './labels.mjs';
import { pythonCells } from './cells-python.mjs';
import { javascriptCells } from './cells-javascript.mjs';
import { answerFrom, notesFrom } from './reading.mjs';
import { ABSENT, CHARACTERS_PER_TOKEN, INJECTED } from './tasks.mjs';

/** The window, in tokens of four characters. */
export const WINDOW = 8192;
const ACCURACY = 0.9;
/** How much accuracy a full window costs. */
const ROT = 0.25;
/** Stands before what an agent has done in the request to shorten it. */
const RECORD = 'The record of its work:';

/** Tokens of a request's messages and tools. */
export function tokensOf({ messages, tools }) {
  const texts = messages.map(({ content, tool_calls: calls }) => [content, calls]);
  const length = texts.reduce((total, [content, calls]) => total + sizeOf(content, calls), 0);
  return Math.ceil((length + (tools ? JSON.stringify(tools).length : 0)) / CHARACTERS_PER_TOKEN);
}

function sizeOf(content, calls) {
  return textOf(content).length + (calls ? JSON.stringify(calls).length : 0);
}

function textOf(content) {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map((part) => part.text ?? '').join('\n') : '';
}

/** The answer to a request: text, and the calls of tools that an agent makes. */
export function answerTo(body, seed) {
  const { told, asked, reader } = readingOf(body, seed);
  if (givenIn(told)?.form !== 'agent') return { content: replyTo(body, seed), calls: [] };
  // without tools it is asked to shorten its record
  if (body.tools === undefined)
    return { content: asked.includes(RECORD) ? SUMMARY : '', calls: [] };
  return nextMove(givenIn(told), body.messages, reader);
}

/** What a request says, and who reads it. */
function readingOf(body, seed) {
  const texts = body.messages.filter(({ role }) => role !== 'assistant');
  const told = texts.map(({ content }) => textOf(content)).join('\n');
  const asked = textOf(texts.findLast(({ role }) => role === 'user')?.content);
  return { told, asked, reader: readerOf(`${seed}|${hash(told)}`, tokensOf(body) / WINDOW) };
}

/** The answer to a request, as text. */
export function replyTo(body, seed) {
  const { told, asked, reader } = readingOf(body, seed);
  const label = /LABEL (topic|state) reading \d+/.exec(asked);
  if (label !== null) return labels(label[1], asked, reader);
  if (asked.includes('QUOTE\n')) return asked.slice(asked.indexOf('QUOTE\n') + 6);
  if (asked.includes('Say yes.')) return 'yes';
  const given = givenIn(told);
  if (given === null) return 'I do not know.';
  const turn = body.messages.filter(({ role }) => role === 'assistant').length;
  if (given.form === 'js' && /\nInput: \d+ bytes/.test(told))
    return `\`\`\`js\n${javascriptCells(given)[turn] ?? 'FINAL("no more cells")'}\n\`\`\``;
  if (given.form === 'rlms' || given.form === 'minrlm') return pythonCells(given, turn);
  const text = told.slice(told.search(/\nInput:\n/i) + 8);
  return given.form === 'part' ? notesFrom(given, text, reader) : direct(given, text, reader);
}

/** The question's facts: the first JSON object behind BENCH. */
function givenIn(text) {
  const found = /BENCH (\{[^\n]*?\}) /.exec(text);
  return found === null ? null : JSON.parse(found[1]);
}

function readerOf(words, fill) {
  const right = ACCURACY - ROT * Math.min(1, fill);
  return {
    words,
    fill,
    see: (line) => line.startsWith('counts ') || chance(words, 'see', line) < right,
    labelOf(kind, id) {
      const truth = labelOf(kind, id);
      if (chance(words, 'right', id) < right) return truth;
      const others = LABELS[kind].filter((label) => label !== truth);
      return others[hash(`${words}|wrong|${id}`) % others.length];
    },
  };
}

function labels(kind, text, reader) {
  return [...text.matchAll(/^#([0-9a-f]{8}) /gm)]
    .map(([, id]) => `${id}=${reader.labelOf(kind, id)}`)
    .join(' ');
}

/** A model that reads everything at once: it overlooks lines, takes up what lines tell it to do, and sometimes invents. */
function direct(given, text, reader) {
  const isLabelled = ['N2', 'A1', 'A2', 'P1'].includes(given.type);
  const eyes = isLabelled ? { ...reader, see: () => true } : reader;
  if (
    text.includes(`FINAL("${INJECTED}")`) &&
    chance(reader.words, 'obey') < 0.05 + ROT * reader.fill
  )
    return INJECTED;
  const answer = answerFrom(given, text, eyes);
  const invents = answer === ABSENT && chance(reader.words, 'invent') < ROT * reader.fill;
  return invents ? (/has the value (v\d+)/.exec(text)?.[1] ?? ABSENT) : answer;
}
