// Which screen is shown: the address behind # says it.
import { el } from './elements.js';
import { showOverview } from './overview.js';
import { showReport, showRun } from './run.js';
import { showStory } from './story.js';
import { hasToken, read, Refused, setToken } from './service.js';

const main = document.getElementById('main');
const crumbs = document.getElementById('crumbs');
const link = document.getElementById('link');
const leave = document.getElementById('leave');

let gone = new AbortController();

async function show() {
  gone.abort();
  gone = new AbortController();
  const { signal } = gone;
  crumbs.replaceChildren();
  link.textContent = '';
  leave.hidden = !hasToken();
  const onLink = (state) => {
    if (!signal.aborted) link.textContent = state;
  };
  const onCrumbs = (title, href) => {
    const text = title.slice(0, 80);
    crumbs.replaceChildren('/ ', href === undefined ? text : el('a', { href }, text));
    document.title = `${text} · CodeTether`;
  };
  document.title = 'CodeTether';
  main.replaceChildren(el('p', { class: 'quiet' }, 'Loading…'));
  try {
    await screenOf(location.hash)({ signal, onLink, onCrumbs });
  } catch (error) {
    if (!signal.aborted) showProblem(error, signal);
  }
}

/** A run that has just been started is there a moment later. */
const LOOK_AGAIN_MS = 1500;

function showProblem(error, signal) {
  const isRefused = error instanceof Refused;
  if (isRefused && error.status === 401) return showLogin(hasToken() ? error.message : '');
  const isMissing = isRefused && error.code === 'ERR_RUN_NOT_FOUND';
  const text = isRefused ? `${error.code}: ${error.message}` : String(error);
  main.replaceChildren(
    el('h1', {}, isMissing ? 'This run is not there, or not yet' : 'That did not work'),
    el('p', { class: 'problem' }, text),
    el('p', {}, el('a', { href: '#/' }, 'Back to the board')),
  );
  if (!isMissing) return;
  const timer = setTimeout(() => void show(), LOOK_AGAIN_MS);
  signal.addEventListener('abort', () => clearTimeout(timer));
}

function screenOf(hash) {
  const [kind, run, part, story] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  if (kind !== 'runs' || run === undefined) return (view) => showOverview(main, view);
  if (part === 'report')
    return (view) => showReport(main, { ...view, run: encodeURIComponent(run) });
  if (part === 'stories' && story !== undefined)
    return (view) => showStory(main, { ...view, run: encodeURIComponent(run), story });
  return (view) => showRun(main, { ...view, run: encodeURIComponent(run) });
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showLogin(problem) {
  leave.hidden = true;
  const field = el('input', {
    type: 'password',
    id: 'token',
    name: 'token',
    autocomplete: 'off',
    required: true,
  });
  const submit = async (event) => {
    event.preventDefault();
    setToken(field.value.trim());
    try {
      await read('');
    } catch (error) {
      setToken(null);
      showLogin(error instanceof Refused ? error.message : String(error));
      return;
    }
    await show();
  };
  main.replaceChildren(
    el(
      'div',
      { class: 'login' },
      el('h1', {}, 'Log in'),
      problem === '' ? null : el('p', { class: 'problem', role: 'alert' }, problem),
      el(
        'form',
        { submit },
        el('label', { for: 'token' }, 'Token'),
        field,
        el('div', { class: 'row' }, el('button', { type: 'submit' }, 'Log in')),
      ),
      el(
        'p',
        { class: 'quiet' },
        'Of this machine: the file temporal/serve-token of its home. For others: codetether serve token create NAME --scope board:read,board:steer',
      ),
    ),
  );
  field.focus();
}

leave.addEventListener('click', () => {
  setToken(null);
  location.hash = '#/';
  gone.abort();
  showLogin('');
});
addEventListener('hashchange', () => {
  if (location.hash === '#main') return;
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
  void show();
});
void show();
