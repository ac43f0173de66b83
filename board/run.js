// One run: its stories as a board, what it cost, where its time went, what happens now.
import { el, isWriting, replaceKept } from './elements.js';
import { runActions, storyLink, waitingCard } from './actions.js';
import { budgetTable, costTable, ledgerTable, reviewOrder } from './figures.js';
import { badge, bullets, cost, count, facts, moment, spent, words } from './words.js';
import { follow, read, readText } from './service.js';

/** Columns of the board, in order, with the states that belong to them. */
const COLUMNS = [
  { title: 'To do', states: ['pending', 'waiting_on_dependency'] },
  { title: 'Running', states: ['running'] },
  { title: 'Stuck', states: ['blocked', 'failed'] },
  { title: 'Done', states: ['passed', 'already_satisfied', 'unverified', 'skipped'] },
];
const LINES = 500;

export async function showRun(main, { run, signal, onLink, onCrumbs }) {
  const live = livePane();
  const body = el('div');
  const below = el('div');
  main.replaceChildren(body, el('h2', {}, 'What happens'), live.pane, below);
  const load = latest(async () => {
    const page = await read(`/runs/${run}`);
    if (signal.aborted) return;
    onCrumbs(page.title);
    if (isWriting(body)) return load.later(body, signal);
    replaceKept(body, upper(page));
    replaceKept(below, lower(page));
  });
  await load();
  await follow(`/runs/${run}/events`, {
    signal,
    onLink,
    onEvent: (name, data) => {
      if (name === 'lines') live.add(data);
      load.soon();
    },
  });
}

const SOON_MS = 700;

/** Work of which one runs at a time, and one more when it was asked for meanwhile. */
export function latest(work) {
  let running;
  let isAsked = false;
  let timer;
  const run = async () => {
    if (running !== undefined) {
      isAsked = true;
      return running;
    }
    running = work().finally(() => (running = undefined));
    await running;
    if (isAsked) {
      isAsked = false;
      run.soon();
    }
  };
  run.soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      run().catch(() => undefined);
    }, SOON_MS);
  };
  run.later = (place, signal) =>
    place.addEventListener(
      'focusout',
      () => {
        if (!signal.aborted) run.soon();
      },
      { once: true },
    );
  return run;
}

function livePane() {
  const pane = el('pre', {
    class: 'live',
    tabindex: 0,
    role: 'log',
    'aria-label': 'Events of the run',
  });
  return {
    pane,
    add(lines) {
      const isAtEnd = pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 40;
      for (const { at, story, attempt, type, text } of lines) {
        const where = story === null ? '' : `${story}${attempt === null ? '' : `/${attempt}`} `;
        pane.append(el('span', {}, `${at.slice(11, 19)} ${where}${type} ${text}\n`));
      }
      while (pane.childElementCount > LINES) pane.firstElementChild.remove();
      if (isAtEnd) pane.scrollTop = pane.scrollHeight;
    },
  };
}

function upper(page) {
  return [
    el('h1', {}, page.title === '' ? page.run_id : page.title, ' ', badge(page.status)),
    el('p', {}, page.standstill?.reason ?? page.reason),
    page.failure === null
      ? null
      : el('p', { class: 'problem' }, `${page.failure.code}: ${page.failure.message}`),
    runActions(page),
    page.waiting.length === 0
      ? null
      : [
          el('h2', {}, 'Waiting for you'),
          el(
            'ul',
            { class: 'list' },
            page.waiting.map((item) => waitingCard(item, { isNamed: false })),
          ),
        ],
    page.tree === null ? null : swarmTree(page),
    el(
      'h2',
      {},
      page.kind === 'swarm' ? 'Subtasks' : page.kind === 'session' ? 'Prompts' : 'Stories',
    ),
    board(page),
  ];
}

function lower(page) {
  return [
    reviewOrder(page),
    el('h2', {}, 'Tokens and cost'),
    budgetTable(page),
    costTable(page),
    el('h2', {}, 'Where the time went'),
    ledgerTable(page.ledger),
    el('h2', {}, 'Run'),
    runFacts(page),
  ];
}

function board(page) {
  return el(
    'div',
    { class: 'columns' },
    COLUMNS.map(({ title, states }) => {
      const stories = page.stories.filter(({ status }) => states.includes(status));
      return el(
        'section',
        { 'aria-label': title },
        el('h3', {}, `${title} (${stories.length})`),
        stories.map((story) => storyCard(page, story)),
      );
    }),
  );
}

function storyCard(page, story) {
  const last = story.attempts.at(-1);
  return el(
    'article',
    { class: 'card' },
    el(
      'a',
      { href: storyLink(page.run_id, story.id), 'data-key': `story ${story.id}` },
      `${story.id} ${story.title}`,
    ),
    el('p', {}, badge(story.status)),
    story.reason === '' ? null : el('p', { class: 'quiet' }, story.reason),
    el(
      'p',
      { class: 'quiet' },
      `${count(story.attempts.length, 'attempt')} · ${cost(story.spent.cost_usd)}`,
    ),
    (last?.evidence ?? []).length === 0
      ? null
      : el(
          'p',
          {},
          last.evidence.map(({ check, word }) => [badge(word), ` ${check} `]),
        ),
  );
}

function runFacts(page) {
  return [
    facts([
      ['run', page.run_id],
      ['kind', page.kind],
      ['repository', page.repository],
      ['branch', page.branch],
      ['PRD', page.prd_path],
      ['model', page.model],
      ['sandbox', page.sandbox],
      ['started', moment(page.started_at)],
      ['ended', moment(page.ended_at)],
      ['spent', spent(page.spent)],
    ]),
    page.notes.length === 0 ? null : bullets(page.notes),
    page.next_steps.length === 0
      ? null
      : [
          el('h3', {}, 'On the command line'),
          el(
            'ul',
            {},
            page.next_steps.map(({ command, does }) =>
              el('li', {}, el('code', {}, command), ` ${does}`),
            ),
          ),
        ],
  ];
}

/** Subtasks, each below the one that it waits for. */
function swarmTree({ run_id: run, tree }) {
  const below = (parent, depth) => {
    const own = tree.subtasks.filter((one) => one.below === parent);
    if (own.length === 0 || depth > 20) return null;
    return el(
      'ul',
      {},
      own.map(({ id, title, agent, status }) =>
        el(
          'li',
          {},
          el('a', { href: storyLink(run, id), 'data-key': `tree ${id}` }, `${id} ${title}`),
          ` ${agent === null ? '' : words(agent)} `,
          badge(status),
          below(id, depth + 1),
        ),
      ),
    );
  };
  return [
    el('h2', {}, `Tree (${tree.strategy})`),
    below(null, 0),
    tree.answer === null ? null : el('pre', { class: 'words' }, tree.answer),
  ];
}

/** The morning report as it was written, and as a page to keep. */
export async function showReport(main, { run, signal, onCrumbs }) {
  onCrumbs('report', `#/runs/${run}`);
  const text = await readText(`/runs/${run}/report`);
  if (signal.aborted) return;
  const html = await readText(`/runs/${run}/report?format=html`);
  if (signal.aborted) return;
  const address = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  signal.addEventListener('abort', () => URL.revokeObjectURL(address));
  main.replaceChildren(
    el('h1', {}, 'Morning report'),
    el(
      'p',
      {},
      el('a', { href: address, download: `report-${run}.html` }, 'Keep it as one HTML file'),
    ),
    el('pre', {}, text),
  );
}
