// The tables of the benchmark.
import { meanOf } from './score.mjs';

/** What stands above the tables. */
export const WHAT_IT_PROVES = `OOLONG-style tasks, not OOLONG. The model is scripted: it labels a line rightly with p = 0.9, less the fuller its window is, and writes fixed code.
So the scores show what an engine carries through (windows, fan-out, votes, exact counts, quotations, refusals), and nothing about how good a real model is at it.
Inputs have 0.85 of the tokens in their name, so that 8K fits into the window of a plain call.`;

/** Runners that are never run here, and why. */
export const SKIPPED = [
  'coding agent with grep and bash: the policy writes code for REPLs and has no strategy of tool calls',
];

const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Scores with half of their 95 % interval where there are seeds enough. */
export function scoreTable(rows, types) {
  const head = ['size', 'runner', 'seeds', ...types, 'all', 'calls', 'tokens', 'refused', 's'];
  const body = rows.map((row) => [
    row.size,
    row.name,
    row.seeds,
    ...types.map((type) => scoreText(row.scores[type])),
    scoreText(types.flatMap((type) => row.scores[type])),
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

function scoreText(scores) {
  if (scores.length === 0) return '–';
  const { mean, half } = meanOf(scores);
  return half === null ? mean.toFixed(2) : `${mean.toFixed(2)} ±${half.toFixed(2)}`;
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
