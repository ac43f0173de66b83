import { appendFileSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { runningPids } from '../support/kill-random.js';
import type { ModelTask, ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { SCREEN_CLEARS } from '../support/terminal-codes.js';
import { HAS_TMUX, TmuxPane } from '../support/tmux.js';

let script: (task: ModelTask) => ScriptedReply | Promise<ScriptedReply>;
const scripted = useScriptedProject((task) => script(task));

const folder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'ct-tui-')));
/** What the person said last. */
const said = ({ heard }: ModelTask): string =>
  heard.split('\n').findLast((line) => line.startsWith('say ')) ?? '';
const echo = (task: ModelTask): ScriptedReply => ({ content: `you ${said(task)}\n\n**end**` });

/** The command line in a terminal, ready for keys. */
async function open(
  place: string,
  words: readonly string[] = [],
  until = /● ready/,
): Promise<TmuxPane> {
  const { project } = scripted;
  const pane = new TmuxPane(['--config', project.config, ...words], {
    folder: place,
    environment: { CODETETHER_HOME: project.home, CI: 'true' },
  });
  onTestFinished(() => pane.close());
  await pane.sees(until);
  return pane;
}

/** A model that waits for a word before it answers. */
function held(): { readonly release: () => void; readonly asked: () => Promise<void> } {
  let release = (): void => undefined;
  let count = 0;
  const gate = new Promise<void>((open) => {
    release = open;
  });
  script = async (task) => {
    count += 1;
    await gate;
    return echo(task);
  };
  return {
    release: () => release(),
    asked: () => vi.waitFor(() => expect(count).toBeGreaterThan(0), { timeout: 60_000 }),
  };
}

describe.skipIf(!HAS_TMUX)('the terminal UI', () => {
  it('takes a message, shows the answer, and queues what is said meanwhile', async () => {
    script = echo;
    const pane = await open(folder());
    pane.say('say hello');
    await pane.sees(/you say hello\n+end\n/);
    await pane.sees(/● ready/);
    const model = held();
    pane.say('say slow');
    await model.asked();
    await pane.sees(/the model works/);
    pane.say('say after');
    await pane.sees(/queued: say after/);
    expect(pane.seen()).not.toMatch(/● ready/);
    model.release();
    await pane.sees(/> say slow\n\nyou say slow\n\nend\n\n> say after\n\nyou say after\n\nend\n/);
    pane.press('C-q');
    await pane.sees(/go on with: codetether tui --session \w{26}/);
  });

  it('stops what is at work with ctrl+c, and goes on with the next message', async () => {
    const model = held();
    const pane = await open(folder());
    pane.say('say long');
    await model.asked();
    await pane.sees(/the model works/);
    pane.press('C-c');
    await pane.sees(/cancelled|stopped/);
    await pane.sees(/● ready/);
    model.release();
    script = echo;
    pane.say('say next');
    await pane.sees(/you say next/);
  });

  it('asks for a yes where a rule wants one, and for an answer where an agent asks', async () => {
    appendFileSync(scripted.project.config, '\n[permissions]\nask = ["bash(touch *)"]\n');
    script = ({ turn, heard }) => {
      if (turn === 0) return { calls: [{ name: 'bash', arguments: { command: 'touch made' } }] };
      if (turn === 1)
        return {
          calls: [
            {
              name: 'use_tool',
              arguments: { name: 'question', arguments: { question: 'Which word?' } },
            },
          ],
        };
      return { content: `heard ${/answers: ?\n?(\w+)/.exec(heard)?.[1] ?? 'nothing'}` };
    };
    const repository = scripted.project.repository({ stories: [] });
    const pane = await open(repository);
    pane.say('/agent build');
    pane.say('say make it');
    await pane.sees(/May this be run\?.*touch made/);
    await pane.sees(/y = yes, n = no/);
    pane.say('y');
    await pane.sees(/answered: .*yes/);
    await pane.sees(/asks: Which word\?/);
    pane.say('heron');
    await pane.sees(/committed \w+\n\nheard heron\n● ready/);
    pane.say('/diff');
    await pane.sees(/new file mode/);
  });

  it('goes on after the screen and the worker were killed; nothing that was settled is paid again', async () => {
    const model = held();
    const place = folder();
    const first = await open(place);
    first.say('say survive');
    await model.asked();
    const { home } = scripted.project;
    const { records } = await localRunRecords(home).newest(1);
    const id = records[0]?.runId ?? '';
    for (const pid of [first.pid, ...(await runningPids(home, ['worker']))])
      process.kill(pid, 'SIGKILL');
    const second = await open(place, ['tui', '--session', id], /> say survive/);
    expect(second.seen()).not.toMatch(/● ready/);
    model.release();
    await second.sees(/you say survive/);
  });

  it('writes 5,000 lines and a resize without clearing the screen, and keeps them all', async () => {
    const lines = Array.from({ length: 5000 }, (_line, index) => `line ${index + 1}`);
    script = () => ({ content: `\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`, latencyMs: 40 });
    const pane = await open(folder());
    const from = pane.written().length;
    const begun = Date.now();
    pane.say('say much');
    await pane.sees(/line 700\n/);
    pane.resize(70, 20);
    await pane.sees(/line 2000\n/);
    pane.resize(120, 40);
    await pane.sees(/line 5000\n/);
    await pane.sees(/● ready/);
    const seconds = (Date.now() - begun) / 1000;
    const written = pane.written().subarray(from);
    const text = written.toString('latin1');
    expect(text.match(SCREEN_CLEARS) ?? []).toEqual([]);
    expect(written.length / seconds).toBeLessThan(64 * 1024);
    const kept = [...pane.history().matchAll(/^▏ (line \d+)$/gm)].map(([, line]) => line);
    expect(kept).toEqual(lines);
  });

  it('refuses what it cannot show before anything is started', async () => {
    const { project } = scripted;
    const place = folder();
    writeFileSync(join(place, 'file'), '');
    const noTerminal = await project.run(place, 'tui');
    expect(noTerminal).toMatchObject({ code: 2 });
    expect(noTerminal.stderr).toContain('error[ERR_NO_TERMINAL]');
    const pane = new TmuxPane(['--config', project.config, 'tui', '--session', 'unknown'], {
      folder: place,
      environment: { CODETETHER_HOME: project.home },
    });
    onTestFinished(() => pane.close());
    await pane.sees(/error\[ERR_SESSION_UNKNOWN\]/);
  });
});
