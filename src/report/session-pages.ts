import {
  formatModelReference,
  turnStory,
  visible,
  visibleLine,
  type RunRecord,
  type SessionTurn,
} from '../domain/index.js';
import { formatTime } from './format.js';
import { REPORT_STYLE } from './html-style.js';
import { html, type Markup } from './markup.js';
import type { TurnTexts } from './session-document.js';

/** A turn with what was said in it. */
export interface SaidTurn extends TurnTexts {
  readonly turn: SessionTurn;
}

const GONE = '(no longer in the store)';
const FILES_SHOWN = 40;

/** A session as text for a terminal: what was said, and where the repository stood. Pure. */
export function sessionScreen(record: RunRecord, said: readonly SaidTurn[]): string {
  const { session, publishedBranch } = record;
  const head = [
    `session ${record.runId}: ${visibleLine(record.feature)}`,
    `${session?.agent ?? 'chat'} · ${formatModelReference(record.options.model)} · ${record.status}${record.reason === '' ? '' : `: ${visibleLine(record.reason)}`}`,
    `${record.repository}${publishedBranch === null ? '' : ` · branch ${publishedBranch}`}`,
  ];
  const turns = said.map(({ turn, prompt, answer }) =>
    [
      `[${turn.number}] ${formatTime(turn.at)}${gitWords(turn)}`,
      ...quoted(prompt ?? GONE),
      '',
      answered(record, turn, answer),
    ].join('\n'),
  );
  return visible([head.join('\n'), ...turns].join('\n\n'));
}

function quoted(text: string): string[] {
  return text.split('\n').map((line) => `> ${line}`.trimEnd());
}

function answered(record: RunRecord, turn: SessionTurn, answer: string | null): string {
  if (answer === null) return GONE;
  if (answer !== '') return answer;
  const entry = record.stories.find(({ story }) => story.id === turnStory(turn.number));
  return `(no answer: ${entry?.status ?? 'pending'}${entry === undefined || entry.reason === '' ? '' : `, ${entry.reason}`})`;
}

function gitWords({ git }: SessionTurn): string {
  if (git === null) return '';
  const dirty = git.dirtyFiles === 0 ? '' : `, ${git.dirtyFiles} uncommitted`;
  return ` · ${git.branch ?? 'detached'}@${git.head?.slice(0, 10) ?? 'no commit'}${dirty}`;
}

/** A session as one Markdown page. What was said stands there as it was written, with what would be obeyed or hidden written out. Pure. */
export function sessionMarkdown(record: RunRecord, said: readonly SaidTurn[]): string {
  const lines = [
    `# ${visibleLine(record.feature)}`,
    '',
    `Session \`${record.runId}\`, ${record.session?.agent ?? 'chat'}, ${formatModelReference(record.options.model)}, begun ${formatTime(record.startedAt)}.`,
    ...said.flatMap(({ turn, prompt, answer }) => [
      '',
      `## ${turn.number}. ${formatTime(turn.at)}`,
      '',
      ...quoted(prompt ?? GONE),
      '',
      answered(record, turn, answer),
      ...filesOf(record, turn),
    ]),
  ];
  return visible(`${lines.join('\n').trimEnd()}\n`);
}

function changedIn(record: RunRecord, turn: SessionTurn): readonly string[] {
  const entry = record.stories.find(({ story }) => story.id === turnStory(turn.number));
  return entry?.attempts.at(-1)?.changedFiles ?? [];
}

function filesOf(record: RunRecord, turn: SessionTurn): string[] {
  const files = changedIn(record, turn);
  if (files.length === 0) return [];
  const names = files.slice(0, FILES_SHOWN).map((name) => `\`${name.replaceAll('`', "'")}\``);
  return ['', `Changed: ${names.join(', ')}`];
}

/** A session as one static HTML page: no script, no request to anywhere, everything that was said is escaped. Pure. */
export function sessionHtml(record: RunRecord, said: readonly SaidTurn[]): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${record.feature}</title>
        <style>
          ${{ markup: `${REPORT_STYLE}${SESSION_STYLE}` }}
        </style>
      </head>
      <body>
        <main>
          <p class="project">${record.project}</p>
          <h1>${record.feature}</h1>
          <p class="reason">
            ${record.session?.agent ?? 'chat'} · ${formatModelReference(record.options.model)} ·
            ${formatTime(record.startedAt)}
          </p>
          ${said.map((one) => turnSection(record, one))}
          <footer>Session ${record.runId}. Keys that the engine knew are left out.</footer>
        </main>
      </body>
    </html> `;
  return visible(page.markup);
}

const SESSION_STYLE = `
.said{white-space:pre-wrap;margin:8px 0;padding:12px 14px;border:1px solid var(--line);border-radius:10px;background:var(--card);unicode-bidi:isolate}
.said.person{background:var(--code)}
`;

function turnSection(record: RunRecord, { turn, prompt, answer }: SaidTurn): Markup {
  const files = changedIn(record, turn).slice(0, FILES_SHOWN);
  return html`<section>
    <h2>${turn.number}. ${formatTime(turn.at)}${gitWords(turn)}</h2>
    <div class="said person" dir="auto">${prompt ?? GONE}</div>
    <div class="said" dir="auto">${answered(record, turn, answer)}</div>
    ${files.length === 0 ? '' : html`<p>Changed: ${files.map((name) => html`<code>${name}</code> `)}</p>`}
  </section>`;
}
