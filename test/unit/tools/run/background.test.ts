import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { backgroundOf, endBackground } from '../../../../src/platform/index.js';
import { bashOutputTool } from '../../../../src/tools/run/background-tools.js';
import { findProcess, newsOfBackground } from '../../../../src/tools/run/background.js';
import { networkWords } from '../../../../src/tools/run/bash-place.js';
import type { InnerCalls, ToolContext } from '../../../../src/tools/tool.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { toolBench, toolContext, type ToolBench } from '../../../support/tool-context.js';

/** A call that the model made itself, not one inside another. */
const inner: InnerCalls = {
  describe: () => ({ isPossible: false, reason: 'not in this test' }),
  run: () => Promise.reject(new Error('not in this test')),
};
const open: string[] = [];

async function bench(files: Readonly<Record<string, string>> = {}): Promise<ToolBench> {
  const made = await toolBench(files);
  open.push(made.workspace.state);
  return made;
}

const start = (
  lane: ToolBench,
  command: string,
  {
    changes,
    ...more
  }: { changes?: Partial<ToolContext>; timeout_s?: number; workdir?: string } = {},
) => lane.call('bash', { command, background: true, ...more }, { inner, ...changes });

async function outputUntil(lane: ToolBench, id: string, words: string): Promise<string> {
  let text = '';
  while (!text.includes(words)) {
    const output = await lane.call('bash_output', { id, wait_s: 20 });
    text += output.text;
    if (output.text.includes('has ended') || output.text.includes('There is no')) break;
  }
  return text;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((lane) => endBackground(lane)));
});

describe('bash in the background', () => {
  it('goes on while other commands run, and is read, fed and ended by its id', async () => {
    const lane = await bench();
    const { level } = await detectSandbox();
    const begun = await start(lane, 'echo ready; while read line; do echo "said $line"; done');
    expect(begun).toMatchObject({ isError: false, sandbox: level });
    expect(begun.text).toMatch(
      /^bg-1 runs in the background, until the work ends or for 14400 s\./,
    );
    expect(begun.text).toContain('\nready\n[bg-1 (echo ready; while');
    expect((await lane.call('bash', { command: 'echo beside' })).text).toMatch(/^beside\n/);
    expect((await lane.call('bash_input', { id: 'bg-1', text: 'hello\n' })).text).toContain(
      'said hello\n',
    );
    const ended = await lane.call('bash_input', { id: 'bg-1', end: true });
    expect(ended.text + (await outputUntil(lane, 'bg-1', 'has ended'))).toMatch(
      /has ended after \d+ s with exit code 0/,
    );
    const late = await lane.call('bash_input', { id: 'bg-1', text: 'x' });
    expect(late).toMatchObject({ isError: true });
    expect(late.text).toContain('its input is closed');
  });

  it('is ended with everything it started, and its last output shown', async () => {
    const lane = await bench();
    await start(lane, 'sleep 300 & echo begun; trap "echo bye" TERM; wait');
    const killed = await lane.call('bash_kill', { id: 'bg-1' });
    expect(killed.isError).toBe(false);
    expect(killed.text).toMatch(/was stopped after \d+ s\]$/);
    expect(backgroundOf(lane.workspace.state).every(({ end }) => end !== undefined)).toBe(true);
  });

  it('says at once when it failed', async () => {
    const lane = await bench();
    const begun = await start(lane, 'echo no such thing >&2; exit 7');
    const text = begun.text + (await outputUntil(lane, 'bg-1', 'has ended'));
    expect(text).toContain('no such thing\n');
    expect(text).toMatch(/has ended after \d+ s with exit code 7/);
  });

  it('is told of, once, with the next command when it ended meanwhile', async () => {
    const lane = await bench();
    await start(lane, 'read line; exit 5');
    await lane.call('bash_input', { id: 'bg-1', text: 'now\n' }, {});
    const context = toolContext(lane.workspace);
    const [process] = backgroundOf(lane.workspace.state);
    if (process === undefined) expect.fail('nothing was started');
    while (process.end === undefined) {
      process.read(1000);
      await process.waitForNews(20_000, context.signal);
    }
    // bash_input may have seen the end already; then there is no more news.
    const first = newsOfBackground(context);
    expect(['', expect.stringContaining('exit code 5')]).toContainEqual(first);
    expect(newsOfBackground(context)).toBe('');
  });

  it('tells of an end behind the output of the command that ran beside it', async () => {
    const lane = await bench();
    await start(lane, 'until [ -e stop ]; do sleep 0.02; done; exit 4');
    const { text } = await lane.call('bash', { command: 'touch stop; sleep 0.5; echo over' });
    const seen = text + (await lane.call('bash', { command: 'sleep 1; echo later' })).text;
    expect(
      seen.match(/\n\[in the background: bg-1 \(.*\) has ended after \d+ s with exit code 4\]/g),
    ).toHaveLength(1);
  });

  it('writes into the lane, and what it wrote is not lost by the next command', async () => {
    const lane = await bench({ 'a.txt': 'a\n' });
    await lane.call('bash', { command: 'true' });
    await start(
      lane,
      'until [ -e go ]; do sleep 0.02; done; echo from-background > b.txt; echo written; sleep 100',
    );
    await lane.call('bash', { command: 'touch go' });
    await outputUntil(lane, 'bg-1', 'written');
    await lane.call('bash', { command: 'cat b.txt; echo c > c.txt' });
    const git = lane.workspaceGit();
    const { tree } = await git.stageDiff('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    const names = (await git.run(['ls-tree', '-r', '--name-only', tree])).stdout;
    expect(String(names)).toContain('b.txt');
    expect(await readFile(join(lane.workspace.root, 'b.txt'), 'utf8')).toBe('from-background\n');
  });

  it('shares its loopback with the commands beside it, where the sandbox can', async () => {
    const lane = await bench({
      'server.mjs':
        "import { createServer } from 'node:http'; createServer((_q, r) => r.end('hi from the server')).listen(8123, '127.0.0.1', () => console.log('listening'));",
    });
    const begun = await start(lane, `${process.execPath} server.mjs`);
    const ready = begun.text.includes('listening')
      ? begun.text
      : await outputUntil(lane, 'bg-1', 'listening');
    expect(ready).toContain('listening');
    const client = `${process.execPath} -e "fetch('http://127.0.0.1:8123').then((r) => r.text()).then(console.log, (e) => console.log('refused', e.cause.code))"`;
    const { text } = await lane.call('bash', { command: client });
    if (begun.text.includes('Other commands reach its ports'))
      expect(text).toContain('hi from the server');
    else expect(text).toContain('refused');
    const second = await start(lane, client);
    expect(second.text + (await outputUntil(lane, 'bg-2', 'has ended'))).toContain(
      begun.text.includes('Other commands reach') ? 'hi from the server' : 'refused',
    );
  });

  it('reaches nothing outside that a command alone would not', async () => {
    const lane = await bench();
    const sandbox = await detectSandbox();
    await start(lane, 'sleep 100');
    const { text } = await lane.call('bash', {
      command: 'cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d " "',
    });
    if (sandbox.kinds.includes('network-switch')) expect(text.split('\n[')[0]).toBe('lo');
    else expect(text).toContain('lo');
  });
});

describe('limits of the background', () => {
  it('are four commands of one agent, and named with what runs', async () => {
    const lane = await bench();
    for (let at = 0; at < 4; at += 1) await start(lane, `sleep 10${at}`);
    const refused = await start(lane, 'sleep 200');
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain(
      '4 commands run in the background already (bg-1 (sleep 100) has run',
    );
    await lane.call('bash_kill', { id: 'bg-2' });
    expect((await start(lane, 'sleep 200')).text).toMatch(/^bg-5 runs/);
  });

  it('are the time that was asked for', async () => {
    const lane = await bench();
    const begun = await start(lane, 'sleep 300', { timeout_s: 1 });
    expect(begun.text).toContain('for 1 s.');
    const text = begun.text + (await outputUntil(lane, 'bg-1', 'time limit'));
    expect(text).toMatch(/was stopped at its time limit, after \d+ s/);
  });

  it('are a call of its own: not inside another one', async () => {
    const lane = await bench();
    const refused = await lane.call('bash', { command: 'sleep 1', background: true });
    expect(refused).toEqual({
      text: 'A command in the background cannot be started inside another call: call bash alone.',
      isError: true,
    });
    expect(backgroundOf(lane.workspace.state)).toEqual([]);
  });

  it('are those of bash: the folder, the size and NUL are looked at first', async () => {
    const lane = await bench();
    expect((await start(lane, 'true', { workdir: 'none' })).text).toBe('none: no such folder.');
    expect((await start(lane, 'echo \0')).text).toContain('NUL character');
    expect((await start(lane, `: ${'x'.repeat(130_000)}`)).text).toContain('at most');
    expect(backgroundOf(lane.workspace.state)).toEqual([]);
  });

  it('show 50 KiB at a time, in order', async () => {
    const lane = await bench();
    const begun = await start(lane, 'seq 1 30000; echo finished');
    const parts = [begun.text];
    while (!parts.at(-1)?.includes('\nfinished\n'))
      parts.push((await lane.call('bash_output', { id: 'bg-1', wait_s: 20 })).text);
    const numbers = parts
      .join('\n')
      .split('\n')
      .filter((line) => /^\d+$/.test(line));
    // A part may end within a number, which then stands on two lines.
    const expected = Array.from({ length: 30_000 }, (_, at) => at + 1).join('');
    expect(numbers.join('') === expected).toBe(true);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.some((part) => part.includes('bytes more: call bash_output again'))).toBe(true);
  });

  it('name what there is when an id is wrong, and the crash when there is nothing', async () => {
    const lane = await bench();
    expect((await lane.call('bash_output', { id: 'bg-1' })).text).toContain(
      'it ended with the worker that ran it',
    );
    await start(lane, 'sleep 100');
    const text = (await lane.call('bash_kill', { id: 'bg-9' })).text;
    expect(text).toMatch(/^There is no bg-9\. There are: bg-1 \(sleep 100\) has run for \d+ s/);
    for (const name of ['bash_output', 'bash_input', 'bash_kill'])
      expect(await lane.call(name, { id: 'x'.repeat(21) })).toMatchObject({ isError: true });
  });

  it('keep agents of one lane apart', async () => {
    const lane = await bench();
    await start(lane, 'sleep 100', { changes: { step: { scope: 'other', step: 1, index: 0 } } });
    expect(findProcess(toolContext(lane.workspace), 'bg-1')).toContain('There is no bg-1');
    const other = toolContext(lane.workspace, { step: { scope: 'other', step: 2, index: 0 } });
    expect(findProcess(other, 'bg-1')).toMatchObject({ id: 'bg-1' });
  });
});

describe('bash_output', () => {
  it('ends its waiting when the call is cancelled; the command goes on', async () => {
    const lane = await bench();
    await start(lane, 'sleep 100');
    const controller = new AbortController();
    const input = bashOutputTool.parameters.parse({ id: 'bg-1', wait_s: 100 });
    const waiting = bashOutputTool.execute?.(
      input,
      toolContext(lane.workspace, { signal: controller.signal }),
    );
    controller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(backgroundOf(lane.workspace.state)[0]?.end).toBeUndefined();
  });

  it('counts news as progress, and the same silence not', async () => {
    const lane = await bench();
    await start(lane, 'read a; echo news; sleep 100');
    const silent = await lane.call('bash_output', { id: 'bg-1' });
    const again = await lane.call('bash_output', { id: 'bg-1' });
    expect(again.progress).toEqual(silent.progress);
    const news = await lane.call('bash_input', { id: 'bg-1', text: 'x\n' });
    expect(news.progress).not.toEqual(silent.progress);
  });
});

describe('the words on the network', () => {
  it('say what a command of this lane may reach', async () => {
    const lane = await bench();
    const sandbox = await detectSandbox();
    const services = { sandbox, masked: [] };
    const context = toolContext(lane.workspace);
    expect(networkWords({ context: { ...context, network: 'full' }, services })).toBe('network');
    expect(networkWords({ context, services })).toBe(
      sandbox.kinds.includes('network-switch') ? 'no network' : 'network',
    );
  });
});

describe('the end of a lane', () => {
  it('leaves no process of its background, whatever it does', async () => {
    const lane = await bench();
    await writeFile(
      join(lane.workspace.root, 'd.sh'),
      'trap "" TERM HUP INT; while :; do sleep 1; done\n',
    );
    const begun = await start(lane, 'setsid bash d.sh & echo "in: $!"; trap "" TERM; bash d.sh');
    const text = begun.text.includes('in: ') ? begun.text : await outputUntil(lane, 'bg-1', 'in: ');
    expect(text).toContain('in: ');
    await endBackground(lane.workspace.state);
    const left = await lane.call('bash', {
      command: 'ps -eo args 2>/dev/null | grep "[b]ash d.sh" || echo none',
    });
    expect(left.text).toMatch(/^none\n/);
    expect(existsSync(lane.workspace.root)).toBe(true);
  });
});
