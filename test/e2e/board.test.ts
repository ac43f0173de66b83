import { chromium, type Locator, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findIsolation } from '../../src/host/light/isolation.js';
import { processEnvironment } from '../../src/config/light/environment.js';
import { browserPath } from '../support/browser.js';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { Client } from '@temporalio/client';

const browser = browserPath();
const isolation = await findIsolation(processEnvironment()['PATH'] ?? '');

/** The first story passes, the second does nothing. */
function work(task: ModelTask): ScriptedReply {
  return task.story === 'US-001' && task.turn === 0 ? write('feature-1.txt', 'ok\n') : done();
}

const scripted = useScriptedProject(work);

describe("Temporal's web interface as a board", () => {
  it('has the outcome of every run as search attribute, and a failed one is closed as failed', async () => {
    const { project } = scripted;
    const passed = project.repository({ stories: [{ id: 'US-001' }] });
    const failed = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    const first = await project.ralph(passed);
    const second = await project.ralph(failed, '--max-attempts', '1');
    expect([first.code, second.code]).toEqual([0, 1]);
    const connection = await connectEmbedded(project.home);
    onTestFinished(() => connection.close());
    const client = new Client({ connection });
    const closed = async (query: string): Promise<string[]> => {
      const found = [];
      for await (const { status, memo } of client.workflow.list({ query }))
        found.push(`${status.name} ${String(memo?.['runId'])}`);
      return found;
    };
    await expect
      .poll(() => closed('Outcome="failed"'))
      .toEqual([`FAILED ${second.document.run_id}`]);
    await expect
      .poll(() => closed('Outcome="passed"'))
      .toEqual([`COMPLETED ${first.document.run_id}`]);
  });

  it.skipIf(browser === undefined || isolation.kind === 'none')(
    'shows a failed run as failed in the list that we link to, and how it stands beside it',
    async () => {
      const { project } = scripted;
      const title = 'Say <img src=x> **loud**';
      const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002', title }] });
      const { document } = await project.ralph(folder, '--max-attempts', '1');
      const { workflow_id: id } = document as typeof document & { workflow_id: string };
      const chrome = await chromium.launch({
        executablePath: browser ?? '',
        args: ['--no-sandbox'],
      });
      onTestFinished(() => chrome.close());
      const page = await chrome.newPage({ viewport: { width: 1600, height: 1200 } });
      await openLink(page, '--failed');
      const row = page.locator('tr', { hasText: id }).first();
      await row.waitFor();
      expect(await row.innerText()).toMatch(/failed/i);
      const rows = await page.locator('table tbody tr').allInnerTexts();
      expect(rows.filter((text) => /completed/i.test(text))).toEqual([]);
      await openLink(page, id);
      await page.getByText('User Metadata').first().click();
      const now = frameWith(page, 'failed: 1 of 2 stories done');
      await now.waitFor();
      expect(await now.innerText()).toContain('Say <img src=x> **loud**: failed, attempt 1');
      const plan = frameWith(page, 'repository');
      expect(await plan.innerText()).toContain(`PRD ${folder}/prd.json`);
      for (const frame of page.frames())
        expect(await frame.locator('img[src="x"], a[href*="evil"]').count()).toBe(0);
    },
  );
});

/** The body of the frame that shows Markdown with these words. */
function frameWith(page: Page, words: string): Locator {
  return page.frameLocator(`iframe[src*="${encodeURIComponent(words)}"]`).locator('body');
}

/** Opens what `codetether open` prints. */
async function openLink(page: Page, what: string): Promise<void> {
  const { project } = scripted;
  const { stdout } = await project.run(project.root, 'open', what, '--no-browser');
  await page.goto(stdout.trim());
}
