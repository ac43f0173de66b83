import {
  type Evidence,
  listLeftOut,
  formatModelReference,
  runSpending,
  storySpending,
  type AttemptRecord,
  type RunRecord,
  type StoryRecord,
  isSatisfied,
  visible,
} from '../domain/index.js';
import {
  afterTheEnd,
  attemptTitle,
  branchesOf,
  excerptOf,
  formatCost,
  formatDuration,
  evidenceWord,
  formatOutcome,
  formatRunTime,
  formatTime,
  inWords,
  nextSteps,
  sentence,
  storyDurationMs,
  type OutputExcerpts,
} from './format.js';
import { assumptionLines, questionLines } from './questions.js';
import { canaryModeWords, flaggedFirst, trialLines } from './proof-words.js';
import { REPORT_STYLE } from './html-style.js';
import { html, type Markup } from './markup.js';

const FILES_SHOWN = 40;

/**
 * The run as one static HTML page: no script, no request to anywhere, everything that people, models and programs wrote is
 * escaped. Pure.
 */
export function renderHtmlReport(record: RunRecord, outputs: OutputExcerpts = new Map()): string {
  const title = `${record.project}: ${record.feature}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${{ markup: REPORT_STYLE }}
        </style>
      </head>
      <body>
        <main>
          <p class="project">${record.project}</p>
          <h1>${record.feature}</h1>
          <p class="reason">${badge(record.status)} ${sentence(record.reason)}</p>
          ${afterTheEnd(record).map((line) => html`<p>${line}</p>`)} ${progressBar(record)}
          ${tiles(record)} ${list('Questions', questionLines(record))}
          ${list('Assumed', assumptionLines(record.stories))} ${steps(record)}
          ${
            record.swarm?.answer === undefined || record.swarm.answer === null
              ? ''
              : html`<h2>Answer</h2>
                  <blockquote>${record.swarm.answer.preview.trim()}</blockquote>`
          }
          <h2>${record.kind === 'swarm' ? 'Subtasks' : 'Stories'}</h2>
          ${storyTable(record)}
          <h2>What happened</h2>
          ${flaggedFirst(record.stories).map((entry) => storyCard(entry, outputs))}
          ${baseline(record, outputs)}
          <h2>Run</h2>
          ${facts(record)}
          <footer>
            Report of run ${record.runId}. Evidence is what the engine saw when it ran the checks
            itself; a summary is what the agent wrote.
          </footer>
        </main>
      </body>
    </html> `;
  return visible(page.markup);
}

function list(title: string, lines: readonly string[]): Markup | '' {
  if (lines.length === 0) return '';
  return html`<h2>${title}</h2>
    <ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>`;
}

function badge(status: string): Markup {
  const tone = toneOf(status);
  return html`<span class="badge ${tone}">${inWords(status)}</span>`;
}

function toneOf(status: string): string {
  if (['passed', 'already_satisfied'].includes(status)) return 'ok';
  return ['failed', 'blocked', 'setup_failed', 'cancelled'].includes(status) ? 'bad' : '';
}

function progressBar(record: RunRecord): Markup {
  const share = 100 / Math.max(1, record.stories.length);
  return html`<div class="bar">
    ${record.stories.map(({ status }) => html`<i class="${toneOf(status)}" style="width:${share.toFixed(3)}%"></i>`)}
  </div>`;
}

function tiles(record: RunRecord): Markup {
  const spending = runSpending(record);
  const satisfied = record.stories.filter(({ status }) => isSatisfied(status)).length;
  const attempts = record.stories.reduce((sum, entry) => sum + entry.attempts.length, 0);
  const cells: [string, string][] = [
    [`${satisfied} of ${record.stories.length}`, 'stories'],
    [String(attempts), attempts === 1 ? 'attempt' : 'attempts'],
    [formatRunTime(record), 'time'],
    [formatCost(spending.costMicroUsd), 'cost'],
    [
      grouped(spending.usage.inputTokens),
      `tokens in, ${grouped(spending.usage.cachedInputTokens)} cached`,
    ],
    [grouped(spending.usage.outputTokens), 'tokens out'],
    [String(spending.modelCalls), `model calls, ${spending.repeatedModelCalls} repeated`],
  ];
  return html`<div class="tiles">
    ${cells.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}
  </div>`;
}

function grouped(count: number): string {
  const digits = String(count);
  const first = digits.length % 3;
  const groups = digits.slice(first).match(/\d{3}/g) ?? [];
  return [...(first === 0 ? [] : [digits.slice(0, first)]), ...groups].join('\u202f');
}

function steps(record: RunRecord): Markup {
  const list = nextSteps(record);
  if (list.length === 0) return html``;
  return html`<div class="steps">
    ${list.map(({ command, does }) => html`<div><code>${command}</code><span>${does}</span></div>`)}
  </div>`;
}

function storyTable(record: RunRecord): Markup {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>story</th>
          <th>status</th>
          <th>commit</th>
          <th class="n">attempts</th>
          <th class="n">time</th>
          <th class="n">tokens in / out</th>
          <th class="n">cost</th>
        </tr>
      </thead>
      <tbody>
        ${flaggedFirst(record.stories).map(storyRow)}
      </tbody>
    </table>
  </div>`;
}

function storyRow(entry: StoryRecord): Markup {
  const { usage, costMicroUsd } = storySpending(entry);
  const { story, attempts, commit } = entry;
  return html`<tr>
    <td><b>${story.id}</b> ${story.title}</td>
    <td>${badge(entry.status)}</td>
    <td>${commit === null ? '' : html`<code>${commit.slice(0, 10)}</code>`}</td>
    <td class="n">${attempts.length}</td>
    <td class="n">${attempts.length === 0 ? '' : formatDuration(storyDurationMs(entry))}</td>
    <td class="n">${grouped(usage.inputTokens)} / ${grouped(usage.outputTokens)}</td>
    <td class="n">${formatCost(costMicroUsd)}</td>
  </tr> `;
}

function storyCard(entry: StoryRecord, outputs: OutputExcerpts): Markup {
  const { story, attempts } = entry;
  const branch = entry.branch ?? null;
  return html`<section class="story">
    <div class="head">
      <h3>${story.id} ${story.title}</h3>
      ${badge(entry.status)}
    </div>
    ${entry.reason === '' ? '' : html`<p class="quiet">${sentence(entry.reason)}</p>`}
    ${story.description === '' ? '' : html`<p>${story.description}</p>`}
    ${story.acceptanceCriteria.length === 0 ? '' : bullets(story.acceptanceCriteria)}
    ${branch === null ? '' : html`<p class="note">Work that could not be merged is on <code>${branch}</code>.</p>`}
    ${attempts.map((attempt) => attemptPart(attempt, outputs))}
  </section> `;
}

function attemptPart(attempt: AttemptRecord, outputs: OutputExcerpts): Markup {
  const { changedDefinitions, changedFiles, learnings, leftOut, summary } = attempt;
  const trial = trialLines(attempt.trial);
  return html`<div class="attempt">
    <h4>${attemptTitle(attempt)}</h4>
    ${summary.trim() === '' ? '' : html`<blockquote>${summary.trim()}</blockquote>`}
    ${attempt.evidence.map((evidence) => evidencePart(evidence, outputs))}
    ${trial.length === 0 ? '' : bullets(trial)}
    ${changedDefinitions.length === 0 ? '' : html`<p class="note">Changed what the checks mean: ${codes(changedDefinitions)}</p>`}
    ${leftOut === undefined ? '' : html`<p class="note">Not in the commit and not there for the checks, because git ignores them: ${listLeftOut(leftOut)}</p>`}
    ${
      changedFiles.length === 0
        ? ''
        : html`<details>
            <summary>
              ${changedFiles.length} changed ${changedFiles.length === 1 ? 'file' : 'files'}
            </summary>
            <p>${codes(changedFiles)}</p>
          </details>`
    }
    ${
      learnings.length === 0
        ? ''
        : html`<p class="quiet">Learned:</p>
            ${bullets(learnings)}`
    }
  </div>`;
}

const MARKS = { ok: '✓', absent: 'absent', gone: '✗ gone', failed: '✗' } as const;
const MARK_STYLES = { ok: 'ok', absent: 'wait', gone: '', failed: '' } as const;

function evidencePart(evidence: Evidence, outputs: OutputExcerpts): Markup {
  const word = evidenceWord(evidence);
  const { caches = [] } = evidence;
  const warm = caches.length === 0 ? '' : `, warm caches: ${caches.join(', ')}`;
  const how = `${evidence.definitions === 'base' ? ', with the checks of the base' : ''}${warm}`;
  const line = html`<span class="mark ${MARK_STYLES[word]}">${MARKS[word]}</span>
    <b>${evidence.check}</b> <code>${evidence.command}</code>
    <span class="quiet"
      >${formatOutcome(evidence)}, tree ${evidence.tree.slice(0, 10)}, sandbox
      ${evidence.sandbox}${how}</span
    >`;
  const excerpt = excerptOf(evidence, outputs);
  if (excerpt === '') return html`<p>${line}</p>`;
  const state: Markup = { markup: word === 'ok' || word === 'absent' ? '' : ' open' };
  return html`<details${state}><summary>${line}</summary><pre>${excerpt}</pre></details>`;
}

function baseline(record: RunRecord, outputs: OutputExcerpts): Markup {
  const evidence = record.baseline?.evidence ?? [];
  if (evidence.length === 0) return html``;
  return html`<h2>Checks of the base</h2>
    <section class="story">
      <p class="quiet">Before the first story, on the untouched base.</p>
      ${evidence.map((entry) => evidencePart(entry, outputs))}
    </section>`;
}

function facts(record: RunRecord): Markup {
  const branches = branchesOf(record);
  const isProof = record.kind === 'proof';
  const canaries = canaryModeWords(record);
  const rows: [string, Markup | string][] = [
    ['run', html`<code>${record.runId}</code>`],
    ...(record.prdPath === '' ? [] : [['PRD', record.prdPath] satisfies [string, string]]),
    ['repository', record.repository],
    ...branches.map(({ name, holds }): [string, Markup] => [
      'branch',
      html`<code>${name}</code> (${holds})`,
    ]),
    [
      'commits',
      html`<code>${record.baseCommit.slice(0, 12)}</code> to
        <code>${record.headCommit.slice(0, 12)}</code>`,
    ],
    ['model', isProof ? 'none' : formatModelReference(record.options.model)],
    ['sandbox', record.sandbox === '' ? 'not reached' : record.sandbox],
    ...(canaries === undefined ? [] : [['canaries', canaries] satisfies [string, string]]),
    ['started', formatTime(record.startedAt)],
    ['ended', record.endedAt === null ? 'still open' : formatTime(record.endedAt)],
    ...record.notes.map((note): [string, string] => ['note', note]),
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function bullets(items: readonly string[]): Markup {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;
}

function codes(names: readonly string[]): Markup {
  const shown = names.slice(0, FILES_SHOWN).map((name) => html`<code>${name}</code> `);
  return html`${shown}${names.length > FILES_SHOWN ? `and ${names.length - FILES_SHOWN} more` : ''}`;
}
