import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptOf } from '../support/script-bench.js';
import { write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import type { SwarmDocument } from '../support/swarm-project.js';

/** What an agent of a script was asked: the first line below the heading of its prompt. */
const askedOf = (prompt: string): string => /^# a\d+\n\n(.+)$/m.exec(prompt)?.[1] ?? '';
let answer: (task: ModelTask, asked: string) => ScriptedReply;
const scripted = useScriptedProject((task) => answer(task, askedOf(task.prompt)), 50);

/** Writes a file named after what it was asked, and says so. */
const works = (task: ModelTask, asked: string): ScriptedReply => {
  const name = asked.replaceAll(/\W+/g, '-');
  return task.turn === 0 && !asked.startsWith('say')
    ? write(`feature-${name}.txt`, 'ok\n')
    : { content: `did ${asked}` };
};

async function run(name: string, body: string, ...args: readonly string[]) {
  const folder = scripted.project.repository({ stories: [] });
  const place = join(folder, '.codetether', 'scripts');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, `${name}.js`), scriptOf(body).replace("'test'", `'${name}'`));
  const result = await scripted.project.run(folder, 'script', 'run', name, ...args, '--json');
  const { code, stdout, stderr } = result;
  if (stdout === '') throw new Error(`no document (exit ${code})\n${stderr}`);
  return { folder, code, document: JSON.parse(stdout) as SwarmDocument, stderr };
}

const CHECK = ['--check', 'test=bash test/check.sh'];

describe('codetether script', () => {
  it('runs a program over agents: files are merged and checked, its value is the answer', async () => {
    answer = works;
    const { folder, code, document } = await run(
      'fan',
      `
      phase('Write');
      const parts = await pipeline(args.names, (name) => agent('write ' + name, { label: name }), (text, name) => agent('say ' + name + ' after ' + text));
      log('all are there');
      return { parts, spent: budget.spent() > 0 };
      `,
      '--args',
      '{"names":["a","b","c"]}',
      ...CHECK,
    );
    expect([code, document.status, document.finished, document.verified]).toEqual([
      0,
      'passed',
      true,
      true,
    ]);
    expect(JSON.parse(document.answer ?? '')).toEqual({
      parts: ['a', 'b', 'c'].map((name) => `did say ${name} after did write ${name}`),
      spent: true,
    });
    const { branch } = document;
    const files = scripted.project.git(folder, 'ls-tree', '--name-only', branch ?? '').split('\n');
    expect(files).toEqual(
      expect.arrayContaining(['feature-write-a.txt', 'feature-write-b.txt', 'feature-write-c.txt']),
    );
  });

  it('is written by the model for a swarm, shown, checked, and run once somebody says yes', async () => {
    const text = scriptOf(
      `return await parallel(['a', 'b'].map((name) => () => agent('write ' + name)));`,
    );
    let drafts = 0;
    answer = (task, asked) => {
      if (!task.prompt.startsWith('The task:')) return works(task, asked);
      drafts += 1;
      return { content: drafts === 1 ? text.replace('parallel', 'everything') : text };
    };
    const folder = scripted.project.repository({ stories: [] });
    const swarm = (...args: string[]) =>
      scripted.project.run(folder, 'swarm', 'Write a and b', '-s', 'script', ...args);
    const shown = await swarm('--dry-run');
    expect([shown.code, drafts]).toEqual([0, 2]);
    expect(shown.stdout).toContain("agent('write ' + name)");
    // nobody is at the terminal
    const unsaid = await swarm();
    expect([unsaid.code, unsaid.stderr]).toEqual([
      2,
      expect.stringMatching(/ERR_NOT_CONFIRMED[^]*codetether script run \S+\.js/),
    ]);
    const { code, stdout } = await swarm('--yes', '--json', ...CHECK);
    const document = JSON.parse(stdout) as SwarmDocument;
    expect([code, document.status, document.verified]).toEqual([0, 'passed', true]);
    // the same task is not written again
    expect(drafts).toBe(2);
    const other = await swarm('--plan', 'x.json');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--plan does not go')]);
  });

  it('goes on after a failure, and after an edit, without asking again what had ended', async () => {
    let isBroken = true;
    answer = (task, asked) =>
      asked === 'say c' && isBroken ? { status: 400 } : works(task, asked);
    const body = `
      const found = await parallel(['a', 'b'].map((name) => () => agent('write ' + name)));
      const last = await agent('say c');
      return { found, last };
      `;
    const first = await run('goes-on', body);
    expect([first.code, first.document.status]).toEqual([1, 'failed']);
    expect(first.document.reason).toMatch(/^the script failed \(line \d+\): AgentError: /);
    isBroken = false;
    const again = async (...args: string[]) => {
      const from = scripted.model.requests.length;
      const result = await scripted.project.run(
        first.folder,
        'script',
        'retry',
        first.document.run_id,
        ...args,
        '--json',
      );
      if (result.stdout === '') throw new Error(result.stderr);
      const asked = scripted.model.requests.slice(from).map(({ task }) => askedOf(task.prompt));
      const document = JSON.parse(result.stdout) as SwarmDocument;
      return {
        code: result.code,
        value: JSON.parse(document.answer ?? 'null') as unknown,
        asked: [...new Set(asked)],
        shown: result.stderr.match(/^ {2}(?:taken|asks) .*$/gm),
      };
    };
    const found = ['did write a', 'did write b'];
    expect(await again()).toEqual({
      code: 0,
      value: { found, last: 'did say c' },
      asked: ['say c'],
      shown: ['  taken     2 calls that had ended, at no cost', '  asks      agent say c'],
    });
    const file = join(first.folder, '.codetether', 'scripts', 'goes-on.js');
    writeFileSync(file, scriptOf(body.replace("'b'", "'B'")).replace("'test'", "'goes-on'"));
    expect(await again('--edited')).toEqual({
      code: 0,
      value: { found: ['did write a', 'did write B'], last: 'did say c' },
      asked: ['write B', 'say c'],
      shown: ['  taken     1 calls that had ended, at no cost', '  asks      agent write B'],
    });
  });

  it.each([
    ['a syntax error', 'const = 1', /line 2, column 7: Unexpected token/],
    [
      'an unknown name',
      'return fetch("x")',
      /line 2, column 8: unknown name fetch: a script has no network/,
    ],
  ])('refuses %s before anything is paid', async (_name, body, expected) => {
    const from = scripted.model.requests.length;
    const folder = scripted.project.repository({ stories: [] });
    const file = join(folder, 'bad.js');
    writeFileSync(file, scriptOf(body));
    const { code, stderr } = await scripted.project.run(folder, 'script', 'run', './bad.js');
    expect([code, scripted.model.requests.length - from]).toEqual([2, 0]);
    expect(stderr).toMatch(expected);
  });
});
