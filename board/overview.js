// What waits for a person, and the list of runs.
import { el, replaceKept, isWriting } from './elements.js';
import { waitingCard } from './actions.js';
import { badge, cost, count, lastPart, moment } from './words.js';
import { follow } from './service.js';

const STATES = ['running', 'waiting', 'paused', 'passed', 'failed', 'cancelled', 'setup_failed'];

export async function showOverview(main, { signal, onLink }) {
  const place = { waiting: el('div'), runs: el('div') };
  const search = el('input', {
    type: 'search',
    maxlength: 200,
    'aria-label': 'Search runs by title, repository or state',
    placeholder: 'Search',
    autocomplete: 'off',
    input: () => showRuns(),
  });
  const state = el(
    'select',
    { 'aria-label': 'State', change: () => showRuns() },
    el('option', { value: '' }, 'any state'),
    STATES.map((one) => el('option', { value: one }, one.replaceAll('_', ' '))),
  );
  let now = { runs: [], waiting: [] };
  const showRuns = () => replaceKept(place.runs, runList(now.runs, search.value, state.value));
  const show = () => {
    if (!isWriting(place.waiting)) replaceKept(place.waiting, waitingList(now.waiting));
    showRuns();
  };
  main.replaceChildren(
    el('h1', {}, 'Waiting for you'),
    place.waiting,
    el('h2', {}, 'Runs'),
    el('div', { class: 'filters' }, search, state),
    place.runs,
  );
  place.waiting.addEventListener('focusout', () =>
    setTimeout(() => {
      if (!signal.aborted) show();
    }),
  );
  await follow('/events', {
    signal,
    onLink,
    onEvent: (_name, board) => {
      now = board;
      show();
    },
  });
}

function waitingList(items) {
  if (items.length === 0) return el('p', { class: 'quiet' }, 'Nothing waits for you.');
  return el(
    'ul',
    { class: 'list' },
    items.map((item) => waitingCard(item)),
  );
}

function runList(runs, search, state) {
  const wanted = search.toLowerCase().split(/\s+/);
  const found = runs.filter(
    (run) => (state === '' || run.status === state) && matches(run, wanted),
  );
  if (found.length === 0)
    return el('p', { class: 'quiet' }, runs.length === 0 ? 'No run yet.' : 'No run is like that.');
  return el('ul', { class: 'list' }, found.map(runCard));
}

function matches({ title, project, repository, branch, run_id: id, kind, status }, wanted) {
  const text = [title, project, repository, branch, id, kind, status].join('\n').toLowerCase();
  return wanted.every((word) => text.includes(word));
}

function runCard(run) {
  const { stories } = run;
  const done = `${stories.satisfied} of ${count(stories.total, run.kind === 'swarm' ? 'subtask' : run.kind === 'session' ? 'prompt' : 'story', run.kind === 'swarm' ? 'subtasks' : run.kind === 'session' ? 'prompts' : 'stories')}`;
  return el(
    'li',
    { class: 'card' },
    badge(run.status),
    ' ',
    el(
      'a',
      { class: 'title', href: `#/runs/${run.run_id}`, 'data-key': run.run_id },
      run.title === '' ? run.run_id : run.title,
    ),
    el(
      'p',
      {},
      `${done}${stories.stuck === 0 ? '' : `, ${stories.stuck} stuck`}${run.reason === '' ? '' : ` · ${run.reason}`}`,
    ),
    el(
      'p',
      { class: 'quiet' },
      `${run.kind} · ${lastPart(run.repository)} · ${run.branch} · ${moment(run.started_at)} · ${cost(run.cost_usd)}`,
    ),
  );
}
