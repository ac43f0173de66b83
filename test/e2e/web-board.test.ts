import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { browserPath } from '../support/browser.js';
import { until } from '../support/operated-run.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const browser = browserPath();
const TITLE = 'Say <img src=x onerror="window.hacked=1"> <b>loud</b>';
const PROBE = '<script>window.hacked=2</script><svg onload=window.hacked=3>';
/** Folder for pictures of the documentation; absent = none are made. */
const PICTURES = process.env['CODETETHER_PICTURES'];

const scripted = useScriptedProject((task) => script(task));

function use(input: Readonly<Record<string, unknown>>): ScriptedReply {
  return { calls: [{ name: 'use_tool', arguments: input }] };
}

/** What a person wants changed about each story, as it is done. */
const CHANGES: Readonly<Record<string, string>> = {
  'US-001': "printf 'first, shorter\\nlonger\\n' > notes.txt",
  'US-002': 'echo twice > twice.txt',
};

/** One story asks, one fails its first attempt; comments are done by whoever is told of them. */
function script(task: ModelTask): ScriptedReply {
  if (task.prompt.includes('asks for changes'))
    return task.turn === 0 ? bash(CHANGES[task.story] ?? 'false') : done();
  return task.story === 'US-002' ? failsOnce(task) : asks(task);
}

function failsOnce({ turn, attempt }: ModelTask): ScriptedReply {
  if (turn > 0) return done();
  return write('feature-2.txt', attempt === 1 ? 'not yet\n' : 'ok\n');
}

function asks({ turn, heard }: ModelTask): ScriptedReply {
  const word = /answers: ?\n?(\w+)/.exec(heard)?.[1] ?? 'none';
  const question = { question: `Which word? ${PROBE}` };
  const replies = [
    use({ query: 'ask the person who owns this work' }),
    use({ name: 'question', arguments: question }),
    write('feature-1.txt', `${word}\n`),
    bash(`echo '${PROBE}'`),
    write('notes.txt', `first\nsecond ${PROBE}\n`),
  ];
  return replies[turn] ?? done();
}

let chrome: Browser;
let page: Page;
let url: string;
let token: string;
let run: string;
const said: string[] = [];

beforeAll(async () => {
  if (browser === undefined) return;
  const { project } = scripted;
  const checks = { test: `bash test/check.sh && echo '${PROBE}'` };
  const stories = [{ id: 'US-001', title: TITLE }, { id: 'US-002' }];
  const folder = project.repository({ stories, checks });
  const flags = ['--parallel', '2', '--max-attempts', '1', '--question-wait', '2h'];
  const { document } = await project.ralph(
    folder,
    '--detach',
    ...flags,
    '--budget-tokens',
    '2000000',
  );
  run = document.run_id;
  const { stdout } = await project.run(project.root, 'up', '--json');
  url = (JSON.parse(stdout) as { readonly board_url: string }).board_url;
  token = readFileSync(join(project.home, 'temporal', 'serve-token'), 'utf8').trim();
  chrome = await chromium.launch({ executablePath: browser, args: ['--no-sandbox'] });
  // what looks for faults of the page must run in it; another test looks at the policy
  page = await chrome.newPage({ viewport: { width: 1100, height: 900 }, bypassCSP: true });
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
});

afterAll(() => chrome?.close());

/** What a person who cannot see the page, or its colours, would stumble over. */
async function faults(): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    found.push(
      ...violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => [colorScheme, id, nodes.map(({ html }) => html).slice(0, 3)]),
    );
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

const SIZES = { desktop: { width: 1100, height: 900 }, phone: { width: 390, height: 844 } };

/** Pictures for the documentation, light and dark, where somebody wants them. */
async function picture(name: string, size: keyof typeof SIZES): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.setViewportSize(SIZES[size]);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(PICTURES, `board-${name}-${size}-${colorScheme}.png`) });
  }
  await page.setViewportSize(SIZES.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Nothing of what agents wrote became part of the page. */
async function nothingRan(): Promise<void> {
  expect(await page.evaluate('window.hacked')).toBeUndefined();
  expect(await page.locator('main img, main script, main svg, main b').count()).toBe(0);
}

describe.skipIf(browser === undefined)('the web board', () => {
  it('lets in whoever has the token, and nobody else', async () => {
    await page.goto(url);
    await page.getByLabel('Token').fill('guessed');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/not known/);
    expect(await faults()).toEqual([]);
    await page.getByLabel('Token').fill(token);
    await page.getByLabel('Token').press('Enter');
    await page.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    said.length = 0;
  });

  it('shows what waits first, and what agents wrote as text', async () => {
    const card = page.locator('li.wait', { hasText: 'Which word?' });
    await card.waitFor({ timeout: 60_000 });
    expect(await card.innerText()).toContain(`Which word? ${PROBE}`);
    expect(await card.innerText()).toContain(TITLE);
    await nothingRan();
    expect(await faults()).toEqual([]);
    await picture('waiting', 'phone');
    await page.getByRole('searchbox').fill('no such run');
    await page.getByText('No run is like that.').waitFor();
    await page.getByRole('searchbox').fill('feature');
  });

  it('shows how a story fails while it happens, and tries it again', async () => {
    await page.getByRole('link', { name: 'Feature' }).last().click();
    const stuck = page.getByRole('region', { name: 'Stuck' });
    await stuck.getByRole('link', { name: /US-002/ }).waitFor({ timeout: 60_000 });
    await expect.poll(() => page.locator('pre.live').innerText()).toContain('question.ask');
    await nothingRan();
    expect(await faults()).toEqual([]);
    await stuck.getByRole('link', { name: /US-002/ }).click();
    await page.getByText('feature-2.txt is not ok').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('h1 .badge[data-state="passed"]').waitFor({ timeout: 60_000 });
    await page.getByText('feature-2.txt').first().waitFor();
  });

  it('does a story again that has passed, while its run goes on', async () => {
    await page.getByLabel('What is to be changed as a whole').fill('Say it twice.');
    await page.getByRole('button', { name: 'Request changes (0 comments)' }).click();
    await page.locator('summary', { hasText: 'Attempt 3' }).waitFor({ timeout: 60_000 });
    await page.locator('h1 .badge[data-state="passed"]').waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: 'diff of twice.txt' }).waitFor();
    const record = await localRunRecords(scripted.project.home).read(run);
    expect(record?.endedAt).toBeNull();
  });

  it('answers a question, and the run goes on to its end', async () => {
    await page.goto(url);
    const card = page.locator('li.wait', { hasText: 'Which word?' });
    await card.getByRole('textbox').fill('ok');
    await card.getByRole('button', { name: 'Answer' }).click();
    await page.getByText('Nothing waits for you.').waitFor({ timeout: 60_000 });
    await page.locator('li .badge[data-state="passed"]').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Feature' }).click();
    await page.getByRole('heading', { name: 'Where the time went' }).waitFor();
    await nothingRan();
    expect(await faults()).toEqual([]);
    await picture('run', 'desktop');
  });

  it('makes comments on lines the work of a next attempt, also after the run has ended', async () => {
    await page
      .getByRole('link', { name: /US-001/ })
      .first()
      .click();
    const diff = page.getByRole('region', { name: 'diff of notes.txt' });
    await diff.waitFor();
    expect(await diff.innerText()).toContain(PROBE);
    for (const [line, words] of [
      [1, 'make it shorter'],
      [2, 'and this longer'],
    ] as const) {
      await diff.getByRole('button', { name: `Comment on line ${line} of notes.txt` }).click();
      await diff.getByLabel(`Comment on line ${line} of notes.txt`).last().fill(words);
      await diff.getByRole('button', { name: 'Comment', exact: true }).click();
    }
    expect(await faults()).toEqual([]);
    await picture('comments', 'desktop');
    await page.reload();
    await page.getByText('make it shorter').waitFor();
    await page.getByRole('button', { name: 'Request changes (2 comments)' }).click();
    await expect.poll(() => page.url(), { timeout: 30_000 }).not.toContain(run);
    await page.locator('h1 .badge[data-state="passed"]').waitFor({ timeout: 60_000 });
    await page.getByText('first, shorter').waitFor();
    const asked = scripted.model.requests.find(
      ({ task }) => task.story === 'US-001' && task.prompt.includes('asks for changes'),
    );
    expect(asked?.task.prompt).toContain('- notes.txt line 1: `first`\n  make it shorter');
    expect(asked?.task.prompt).toContain('- notes.txt line 2: ');
    await nothingRan();
    const next = /runs\/(\w+)/.exec(page.url())?.[1] ?? '';
    const record = await until('it has ended', async () => {
      const found = await localRunRecords(scripted.project.home).read(next);
      return found?.endedAt === null ? undefined : found;
    });
    expect(record.stories.map(({ status }) => status)).toEqual(['passed', 'passed']);
    expect(record.branch).toBe('feature/work');
  });

  it('has the morning report, and said nothing went wrong in the page', async () => {
    await page.goto(`${url}#/runs/${run}/report`);
    await page.getByRole('heading', { name: 'Morning report' }).waitFor();
    expect(await page.locator('main pre').innerText()).toContain('## Stories');
    await nothingRan();
    expect(await faults()).toEqual([]);
    expect(said.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });

  it('works where the browser obeys the policy of the page', async () => {
    const strict = await chrome.newPage();
    const refused: string[] = [];
    strict.on('console', (message) => refused.push(message.text()));
    await strict.goto(url);
    await strict.evaluate(
      `sessionStorage.setItem('codetether-board-token', ${JSON.stringify(token)})`,
    );
    await strict.goto(`${url}#/runs/${run}/stories/US-001`);
    await strict.reload();
    await strict.getByRole('region', { name: 'diff of notes.txt' }).waitFor();
    const markup = "document.body.insertAdjacentHTML('beforeend', '<i>x</i>')";
    await expect(strict.evaluate(markup)).rejects.toThrow(/TrustedHTML/);
    expect(
      refused.filter((text) => /Content Security Policy/.test(text) && !/TrustedHTML/.test(text)),
    ).toEqual([]);
    await strict.close();
  });
});
