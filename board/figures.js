// Tables of a run: what to review, what it cost, where its time went.
import { el } from './elements.js';
import { storyLink } from './actions.js';
import { bullets, cost, duration } from './words.js';

/** What takes the longest look comes first. */
export function reviewOrder(page) {
  const done = page.stories.filter(
    ({ commit, kept_branch: kept }) => commit !== null || kept !== null,
  );
  if (done.length === 0) return null;
  const sorted = done.toSorted((left, right) => right.review.score - left.review.score);
  const rows = sorted.map(({ id, title, review }) =>
    el(
      'tr',
      {},
      el(
        'td',
        {},
        el('a', { href: storyLink(page.run_id, id), 'data-key': `review ${id}` }, `${id} ${title}`),
      ),
      el('td', { class: 'n' }, review.files),
      el('td', { class: 'n' }, review.lines ?? ''),
      el('td', { class: 'n' }, review.changed_checks),
      el('td', {}, review.flags.length === 0 ? '' : bullets(review.flags)),
    ),
  );
  return [
    el('h2', {}, 'To review, most effort first'),
    table(['story', 'files', 'lines', 'changed checks', 'flags'], rows),
  ];
}

function table(heads, rows) {
  const numbers = new Set([
    'files',
    'lines',
    'changed checks',
    'tokens in',
    'tokens out',
    'cost',
    'calls',
    'time',
    'share',
  ]);
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': heads.join(', ') },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          heads.map((head) =>
            el('th', { scope: 'col', class: numbers.has(head) ? 'n' : '' }, head),
          ),
        ),
      ),
      el('tbody', {}, rows),
    ),
  );
}

export function budgetTable({ budget, spent: used }) {
  const limits = [
    ['US dollars', budget.usd, used.cost_usd ?? 0],
    ['tokens', budget.tokens, used.input_tokens + used.output_tokens],
    ['model calls', budget.calls, used.model_calls],
  ].filter(([, most]) => most !== null);
  if (limits.length === 0) return el('p', { class: 'quiet' }, 'No budget is set.');
  return limits.map(([name, most, now]) =>
    el(
      'p',
      {},
      `${now.toLocaleString('en', { maximumFractionDigits: 4 })} of ${most.toLocaleString('en')} ${name} `,
      el('meter', {
        min: 0,
        max: most,
        high: most * 0.8,
        value: Math.min(now, most),
        'aria-label': `budget of ${name}`,
      }),
    ),
  );
}

export function costTable(page) {
  const row = (
    name,
    { model_calls: calls, input_tokens: input, output_tokens: output, cost_usd: usd },
  ) =>
    el(
      'tr',
      {},
      el('td', {}, name),
      [
        calls.toLocaleString('en'),
        input.toLocaleString('en'),
        output.toLocaleString('en'),
        cost(usd),
      ].map((text) => el('td', { class: 'n' }, text)),
    );
  return table(
    ['of', 'calls', 'tokens in', 'tokens out', 'cost'],
    [
      ...page.models.map((model) => row(`model ${model.name}`, model)),
      ...page.stories.map((story) => row(story.id, story.spent)),
      row('the whole run', page.spent),
    ],
  );
}

export function ledgerTable({ wall_ms: wall, parts }) {
  const share = (ms) => (wall === 0 ? '' : `${((ms / wall) * 100).toFixed(1)} %`);
  return table(
    ['use', 'time', 'share'],
    [
      ...parts.map(({ use, ms }) =>
        el(
          'tr',
          {},
          el('td', {}, use),
          el('td', { class: 'n' }, duration(ms)),
          el('td', { class: 'n' }, share(ms)),
        ),
      ),
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, 'wall time'),
        el('td', { class: 'n' }, duration(wall)),
        el('td', { class: 'n' }, share(wall)),
      ),
    ],
  );
}
