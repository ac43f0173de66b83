// The tables of the benchmark.
import { meanOf } from './score.mjs';

/** What stands above the tables. */
export const WHAT_IT_PROVES = `OOLONG-style tasks, not OOLONG. The model is scripted: it labels a line rightly with p = 0.9, less the fuller its window is, and writes fixed code.
So the scores show what an engine carries through (windows, fan-out, votes, exact counts, quotations, refusals), and nothing about how good a real model is at it.
Inputs have 0.85 of the tokens in their name, so that 8K fits into the window of a plain call.`;

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Seeds from which on the interval of one kind says something. */
const ENOUGH = 50;

/** Scores with half of their 95 % interval: of all kinds together, and of each where there are seeds enough. */
export function scoreTable(rows, types) {
  const head = ['size', 'runner', 'seeds', ...types, 'all', 'calls', 'tokens', 'refused', 's'];
  const body = rows.map((row) => [
    row.size,
    row.name,
    row.seeds,
    ...types.map((type) => scoreText(row.scores[type], ENOUGH)),
    scoreText(
      types.flatMap((type) => row.scores[type]),
      2,
    ),
    row.calls.toFixed(1),
    numbers.format(row.tokens),
    row.refused,
    row.seconds.toFixed(2),
  ]);
  const failures = rows.flatMap(({ size, name, failures: all }) =>
    all.map((failure) => `${size} ${name}: ${failure.split('\n')[0]}`),
  );
  return [tableOf(head, body), ...failures].join('\n');
}

function scoreText(scores, enough) {
  if (scores.length === 0) return '–';
  const { mean, half } = meanOf(scores);
  const text = mean.toFixed(2);
  if (half === null || scores.length < enough) return text;
  if (half > 0) return `${text} ±${half.toFixed(2)}`;
  // all are equal: how far off the mean may still be (rule of three)
  const off = Math.min(1, 3 / scores.length);
  if (mean === 1) return `${text} ≥${(1 - off).toFixed(2)}`;
  return mean === 0 ? `${text} ≤${off.toFixed(2)}` : text;
}

/** What was measured once. */
export function figureTable(figures) {
  return tableOf(
    ['figure', 'runner', 'value', 'target'],
    figures.map(({ what, runner, value, target = '' }) => [what, runner, value, target]),
  );
}

function tableOf(head, body) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
