// The diff of a story, with comments on lines that become the next attempt's work.
import { el, say } from './elements.js';
import { attempt, storyLink, storyPath } from './actions.js';
import { count } from './words.js';
import { read, Refused, send } from './service.js';

/** Files with more lines are opened by hand. */
const OPEN_LINES = 400;

export async function showDiff(place, { run, story }) {
  const draft = openDraft(run, story.id);
  const head = el('h2', {}, 'Diff');
  let diff;
  try {
    diff =
      story.commit === null && story.kept_branch === null
        ? { files: [] }
        : await read(`/runs/${run}/diff?story=${encodeURIComponent(story.id)}`);
  } catch (error) {
    place.replaceChildren(
      head,
      el('p', { class: 'problem' }, error instanceof Refused ? error.message : String(error)),
    );
    return;
  }
  const bar = el('div', { class: 'bar' });
  const showBar = () => bar.replaceChildren(...changesForm(run, story, draft));
  draft.onChange = showBar;
  place.replaceChildren(
    head,
    diff.files.length === 0 ? el('p', { class: 'quiet' }, 'No commit yet.') : '',
    ...diff.files.map((file) => filePart(file, draft)),
    story.actions.includes('changes') ? bar : '',
  );
  showBar();
}

/** Comments that were not sent yet; they stay in this tab, also when the page is loaded again. */
function openDraft(run, story) {
  const key = `codetether-comments ${run} ${story}`;
  const comments = JSON.parse(sessionStorage.getItem(key) ?? '[]');
  const draft = {
    comments,
    onChange: () => undefined,
    keep() {
      if (comments.length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(comments));
      draft.onChange();
    },
    clear() {
      comments.length = 0;
      draft.keep();
    },
  };
  return draft;
}

function filePart(file, draft) {
  const lines = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const counts = file.added === null ? 'binary' : `+${file.added} −${file.removed}`;
  const body = el('div');
  const fill = () => {
    if (body.childElementCount === 0) body.append(fileTable(file, draft));
  };
  const isOpen = lines <= OPEN_LINES;
  if (isOpen) fill();
  return el(
    'details',
    {
      class: 'card',
      open: isOpen,
      toggle: (event) => {
        if (event.currentTarget.open) fill();
      },
    },
    el('summary', {}, el('code', {}, file.path), ` ${counts}`),
    body,
  );
}

function fileTable(file, draft) {
  const rows = file.hunks.flatMap(({ header, lines }) => [
    el('tr', { class: 'hunk' }, el('td', { class: 'number' }), el('td', {}, header)),
    ...lines.flatMap((line) => lineRows(file.path, line, draft)),
  ]);
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `diff of ${file.path}` },
    el('table', { class: 'diff' }, el('tbody', {}, rows)),
    file.is_cut
      ? el(
          'p',
          { class: 'quiet' },
          'There is more than is shown: codetether ralph diff shows all of it.',
        )
      : null,
  );
}

const SIGNS = { added: '+', removed: '−', same: ' ' };

function lineRows(path, line, draft) {
  const side = line.new === null ? 'old' : 'new';
  const number = line.new ?? line.old;
  const about = { file: path, line: number, side, quote: line.text.trim().slice(0, 300) };
  const row = el('tr', { class: line.kind });
  const comment = () => row.after(commentRow(about, draft));
  row.append(
    el(
      'td',
      { class: 'number' },
      el(
        'button',
        {
          type: 'button',
          class: 'number',
          'aria-label': `Comment on ${side === 'old' ? 'removed ' : ''}line ${number} of ${path}`,
          click: comment,
        },
        number,
      ),
    ),
    el('td', {}, `${SIGNS[line.kind]} ${line.text}`),
  );
  const kept = draft.comments.filter(
    (one) => one.file === path && one.line === number && one.side === side,
  );
  return [row, ...kept.map((one) => keptRow(one, draft))];
}

function commentRow(about, draft) {
  const field = el('textarea', {
    rows: 2,
    maxlength: 2000,
    'aria-label': `Comment on line ${about.line} of ${about.file}`,
  });
  const row = el(
    'tr',
    { class: 'comment' },
    el('td'),
    el(
      'td',
      {},
      el(
        'div',
        { class: 'row' },
        field,
        el('button', { type: 'button', click: () => take() }, 'Comment'),
        el('button', { type: 'button', class: 'plain', click: () => row.remove() }, 'Leave it'),
      ),
    ),
  );
  const take = () => {
    const text = field.value.trim();
    if (text === '') return row.remove();
    const comment = { ...about, text };
    draft.comments.push(comment);
    draft.keep();
    row.replaceWith(keptRow(comment, draft));
  };
  setTimeout(() => field.focus());
  return row;
}

function keptRow(comment, draft) {
  const remove = () => {
    draft.comments.splice(draft.comments.indexOf(comment), 1);
    draft.keep();
    row.remove();
  };
  const row = el(
    'tr',
    { class: 'comment' },
    el('td'),
    el(
      'td',
      {},
      el(
        'div',
        { class: 'row' },
        el('span', {}, comment.text),
        el(
          'button',
          {
            type: 'button',
            class: 'plain',
            'aria-label': `Remove the comment on line ${comment.line}`,
            click: remove,
          },
          'Remove',
        ),
      ),
    ),
  );
  return row;
}

/** What is to be changed as a whole, and the button that makes it the next attempt. */
function changesForm(run, story, draft) {
  const field = el('textarea', {
    rows: 1,
    maxlength: 4000,
    'aria-label': 'What is to be changed as a whole',
    placeholder: 'What is to be changed as a whole',
  });
  const submit = async (event) => {
    event.preventDefault();
    if (draft.comments.length === 0 && field.value.trim() === '')
      return say('Comment on a line, or say what is to be changed.');
    const answer = await attempt(() =>
      send(`${storyPath(run, story.id)}/changes`, { comments: draft.comments, note: field.value }),
    );
    if (answer === undefined) return;
    draft.clear();
    location.hash = storyLink(answer.run_id, story.id);
  };
  return [
    el(
      'form',
      { class: 'row', submit },
      field,
      el(
        'button',
        { type: 'submit' },
        `Request changes (${count(draft.comments.length, 'comment')})`,
      ),
    ),
  ];
}
