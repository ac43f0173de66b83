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
});
