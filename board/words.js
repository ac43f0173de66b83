// Numbers and states in words.
import { el } from './elements.js';

const OK = new Set(['passed', 'already_satisfied', 'ok']);
const BAD = new Set([
  'failed',
  'blocked',
  'setup_failed',
  'cancelled',
  'checks_failed',
  'merge_failed',
  'gone',
]);
const NONE = new Set(['pending', 'skipped', 'absent', 'waiting_on_dependency']);

export function words(text) {
  return String(text).replaceAll('_', ' ');
}

export function badge(state) {
  const tone = OK.has(state) ? 'ok' : BAD.has(state) ? 'bad' : NONE.has(state) ? 'none' : '';
  return el('span', { class: `badge ${tone}`, 'data-state': state }, words(state));
}

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function cost(usd) {
  return usd === null ? 'price unknown' : `$${usd.toFixed(4)}`;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

export function moment(iso) {
  return iso === null
    ? ''
    : new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

export function lastPart(path) {
  return (
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? path
  );
}

export function spent({
  model_calls: calls,
  input_tokens: input,
  output_tokens: output,
  cost_usd: usd,
}) {
  return `${count(calls, 'model call')}, ${input.toLocaleString('en')} tokens in, ${output.toLocaleString('en')} out, ${cost(usd)}`;
}

export function facts(rows) {
  return el(
    'dl',
    {},
    rows
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  );
}

export function bullets(lines) {
  return el(
    'ul',
    {},
    lines.map((line) => el('li', {}, line)),
  );
}
