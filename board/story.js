// One story on one screen, with its diff.
import { el, isWriting, replaceKept } from './elements.js';
import { storyActions, waitingCard } from './actions.js';
import { badge, bullets, duration, facts, moment, spent } from './words.js';
import { latest } from './run.js';
import { showDiff } from './diff.js';
import { follow, read } from './service.js';

export async function showStory(main, { run, story: id, signal, onLink, onCrumbs }) {
  const body = el('div');
  const diff = el('div');
  main.replaceChildren(body, diff);
  let shown;
  const load = latest(async () => {
    const page = await read(`/runs/${run}`);
    if (signal.aborted) return;
    const story = page.stories.find((one) => one.id === id);
    onCrumbs(page.title, `#/runs/${run}`);
    if (story === undefined)
      return main.replaceChildren(el('p', { class: 'problem' }, `This run has no story ${id}.`));
    if (isWriting(body)) return load.later(body, signal);
    replaceKept(body, storyScreen(page, story));
    const tip = story.commit ?? story.kept_branch;
    if (tip === shown) return;
    shown = tip;
    await showDiff(diff, { run, story });
  });
  await load();
  await follow(`/runs/${run}/events`, { signal, onLink, onEvent: () => load.soon() });
}

function storyScreen(page, story) {
  const waiting = page.waiting.filter(
    (item) => item.story === story.id && !item.actions.includes('changes'),
  );
  return [
    el('h1', {}, `${story.id} ${story.title} `, badge(story.status)),
    story.reason === '' ? null : el('p', {}, story.reason),
    waiting.length > 0
      ? el(
          'ul',
          { class: 'list' },
          waiting.map((item) => waitingCard(item, { isNamed: false })),
        )
      : null,
    storyActions(
      page.run_id,
      waiting.length > 0
        ? { ...story, actions: story.actions.filter((action) => action !== 'answer') }
        : story,
    ),
    el('div', { class: 'card' }, summary(story)),
    el('h2', {}, 'Attempts'),
    story.attempts.length === 0
      ? el('p', { class: 'quiet' }, 'None yet.')
      : story.attempts.toReversed().map(attemptPart),
  ];
}

function summary(story) {
  const last = story.attempts.at(-1);
  const none = () => el('span', { class: 'quiet' }, 'nothing on record');
  const list = (lines) => (lines.length === 0 ? none() : bullets(lines));
  return facts([
    [
      'goal',
      [
        story.description,
        story.acceptance_criteria.length === 0 ? '' : bullets(story.acceptance_criteria),
      ],
    ],
    ['what changed', list(last?.changed_files ?? [])],
    ['why', story.why === '' ? none() : story.why],
    ['options dropped', list(story.dropped)],
    ['verified by', list(story.verified_by)],
    ['still risky', list(story.review.flags)],
    ['next step', story.next_step],
    ['spent', spent(story.spent)],
  ]);
}

function attemptPart(attempt) {
  return el(
    'details',
    { class: 'card', 'data-key': `attempt ${attempt.number}` },
    el(
      'summary',
      {},
      `Attempt ${attempt.number} `,
      badge(attempt.outcome),
      ` ${attempt.reason} `,
      el(
        'span',
        { class: 'quiet' },
        `${moment(attempt.started_at)}, ${duration(attempt.duration_ms)}`,
      ),
    ),
    attempt.summary === '' ? null : el('pre', { class: 'words' }, attempt.summary),
    attempt.evidence.map((evidence) => evidencePart(attempt.number, evidence)),
    attempt.trial.length === 0 ? null : bullets(attempt.trial),
    attempt.learnings.length === 0 ? null : [el('h3', {}, 'Learned'), bullets(attempt.learnings)],
    el('p', { class: 'quiet' }, spent(attempt.spent)),
  );
}

function evidencePart(attempt, { check, command, word, outcome, tree, definitions, output }) {
  const line = [
    badge(word),
    ` ${check} `,
    el('code', {}, command),
    el(
      'span',
      { class: 'quiet' },
      ` ${outcome}, tree ${tree.slice(0, 10)}${definitions === 'story' ? '' : ', with the checks of the base'}`,
    ),
  ];
  if (output === '') return el('p', {}, line);
  const key = `evidence ${attempt} ${check} ${definitions}`;
  return el(
    'details',
    { 'data-key': key, open: word !== 'ok' && word !== 'absent' },
    el('summary', {}, line),
    el('pre', {}, output),
  );
}
