// What a person can do, as forms and buttons.
import { button, el, say } from './elements.js';
import { badge, moment } from './words.js';
import { Refused, send } from './service.js';

export function storyPath(run, story) {
  return `/runs/${run}/stories/${encodeURIComponent(story)}`;
}

export function storyLink(run, story) {
  return `#/runs/${run}/stories/${encodeURIComponent(story)}`;
}

/** Does something on the server and tells what came of it; gives the answer, or undefined. */
export async function attempt(work) {
  try {
    const answer = await work();
    if (typeof answer?.answer === 'string') say(answer.answer);
    return answer ?? {};
  } catch (error) {
    say(
      error instanceof Refused
        ? `${error.message}${error.hint === null ? '' : ` (${error.hint})`}`
        : String(error),
    );
    return undefined;
  }
}

/** A field and a button that sends it. */
export function wordsForm({ label, submit, send: work, key }) {
  const field = el('textarea', {
    rows: 2,
    maxlength: 8000,
    required: true,
    'aria-label': label,
    placeholder: label,
    'data-key': key,
  });
  const form = el(
    'form',
    {
      class: 'row',
      submit: async (event) => {
        event.preventDefault();
        if (field.value.trim() === '') return;
        if ((await attempt(() => work(field.value))) !== undefined) {
          field.value = '';
          field.blur();
        }
      },
    },
    field,
    el('button', { type: 'submit' }, submit),
  );
  return form;
}

/** One thing that waits for a person: what it is, and one tap to answer. */
export function waitingCard(item, { isNamed = true } = {}) {
  const { run_id: run, story, kind } = item;
  // answered once: what comes next is a card of its own
  const close = (isClosed) => {
    for (const part of card.querySelectorAll('button, textarea')) part.disabled = isClosed;
  };
  const card = el(
    'li',
    { class: 'card wait' },
    el('h3', {}, badge(kind), ' ', story === null ? '' : `${story} ${item.story_title ?? ''}`),
    isNamed
      ? el(
          'p',
          { class: 'quiet' },
          el('a', { href: `#/runs/${run}` }, item.run_title),
          ` · ${item.repository}`,
        )
      : null,
    el('pre', { class: 'words' }, item.text),
    el('p', { class: 'quiet' }, item.since === null ? '' : `since ${moment(item.since)}`),
    item.actions.map((action) => WAITING[action](item, close)),
  );
  return card;
}

const WAITING = {
  answer: ({ run_id: run, story, options, recommendation, call }, close) => {
    // the call goes along, so that a yes never meets another question than the one that was read
    const answer = async (text) => {
      close(true);
      try {
        return await send(
          `${storyPath(run, story)}/answer`,
          call === null ? { text } : { text, call },
        );
      } catch (error) {
        close(false);
        throw error;
      }
    };
    const taps = [...new Set([...(recommendation === null ? [] : [recommendation]), ...options])];
    const key = `answer ${run} ${story} ${call ?? ''}`;
    return [
      taps.length === 0
        ? null
        : el(
            'div',
            { class: 'row' },
            taps.map((text) =>
              button(text, () => attempt(() => answer(text)), { 'data-key': `${key} ${text}` }),
            ),
          ),
      wordsForm({ label: `Answer ${story}`, submit: 'Answer', send: answer, key }),
    ];
  },
  resume: (item) =>
    item.kind === 'budget'
      ? budgetForm(item)
      : el('div', { class: 'row' }, resumeButton(item.run_id)),
  retry: ({ run_id: run, story }) => el('div', { class: 'row' }, storyButton('retry', run, story)),
  skip: ({ run_id: run, story }) => el('div', { class: 'row' }, storyButton('skip', run, story)),
  changes: ({ run_id: run, story }) =>
    el('p', {}, el('a', { href: storyLink(run, story) }, 'Look at it and ask for changes')),
};

function resumeButton(run) {
  return button('Resume', () => attempt(() => send(`/runs/${run}/resume`)), {
    'data-key': `resume ${run}`,
  });
}

function budgetForm({ run_id: run }) {
  const field = el('input', {
    type: 'number',
    min: '0.01',
    step: '0.01',
    inputmode: 'decimal',
    'aria-label': 'New budget of the whole run in US dollars',
    placeholder: 'new budget in US dollars',
    'data-key': `budget ${run}`,
  });
  const submit = async (event) => {
    event.preventDefault();
    const usd = Number(field.value);
    await attempt(() => send(`/runs/${run}/resume`, field.value === '' ? {} : { budget_usd: usd }));
    field.blur();
  };
  return el(
    'form',
    { class: 'row', submit },
    field,
    el('button', { type: 'submit' }, 'Raise and go on'),
  );
}

const STORY_WORDS = { retry: 'Try again', skip: 'Skip' };

function storyButton(action, run, story) {
  const work = () => attempt(() => send(`${storyPath(run, story)}/${action}`));
  return button(STORY_WORDS[action], work, {
    class: action === 'skip' ? 'danger' : 'plain',
    'data-key': `${action} ${run} ${story}`,
  });
}

/** Buttons for a story: retry, skip, a word to its agent. */
export function storyActions(run, { id, actions }) {
  const taps = actions.filter((action) => action in STORY_WORDS);
  return [
    taps.length === 0
      ? null
      : el(
          'div',
          { class: 'row' },
          taps.map((action) => storyButton(action, run, id)),
        ),
    actions.includes('answer')
      ? wordsForm({
          label: `Tell ${id} what it needs`,
          submit: 'Answer',
          send: (text) => send(`${storyPath(run, id)}/answer`, { text }),
          key: `answer ${id}`,
        })
      : null,
    actions.includes('say')
      ? wordsForm({
          label: `Tell the agent of ${id} something`,
          submit: 'Say',
          send: (text) => send(`/runs/${run}/say`, { story: id, text }),
          key: `say ${id}`,
        })
      : null,
  ];
}

/** Buttons for the whole run. */
export function runActions({ run_id: run, actions }) {
  const one = {
    pause: () =>
      button('Pause', () => attempt(() => send(`/runs/${run}/pause`)), {
        class: 'plain',
        'data-key': 'pause',
      }),
    resume: () => resumeButton(run),
    cancel: () =>
      button(
        'Cancel the run',
        async () => {
          if (confirm('Cancel the run? What passed stays.'))
            await attempt(() => send(`/runs/${run}/cancel`));
        },
        { class: 'danger', 'data-key': 'cancel' },
      ),
  };
  return el(
    'div',
    { class: 'row' },
    actions.filter((action) => action in one).map((action) => one[action]()),
    el('a', { href: `#/runs/${run}/report` }, 'Morning report'),
    button('Temporal', () => openTemporal(run), { class: 'plain', 'data-key': 'temporal' }),
  );
}

/** The link is good once, and for this browser alone. */
async function openTemporal(run) {
  const answer = await attempt(() => send(`/runs/${run}/temporal`));
  if (answer === undefined) return;
  if (answer.url === null) say("Temporal's web interface is not here");
  else location.assign(answer.url);
}
