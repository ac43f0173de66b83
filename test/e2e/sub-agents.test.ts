import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task), 20);

function task(prompt: string, more: Readonly<Record<string, unknown>> = {}): ScriptedReply {
  return { calls: [{ name: 'task', arguments: { description: prompt, prompt, ...more } }] };
}

const one = [{ id: 'US-001' }];
const toldSince = (from: number) => scripted.model.requests.slice(from).map((seen) => seen.task);

describe('an agent that starts agents', () => {
  it('has one change files while it waits; the story that both made passes its proof', async () => {
    script = (at) => {
      if (at.prompt === 'Write it')
        return at.turn === 0 ? write('feature-1.txt', 'ok\n') : { content: 'Wrote it.' };
      return at.turn === 0 ? task('Write it', { agent: 'general' }) : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(scripted.project.git(folder, 'show', 'feature/work:feature-1.txt')).toBe('ok');
    // what the other agent spent is part of the story's
    expect(document.totals).toMatchObject({ model_calls: 4, repeated_model_calls: 0 });
  });

  it('refuses changes of one that only reads where the tool runs, and starts no further agents from it', async () => {
    script = (at) => {
      if (at.prompt === 'Look')
        return (
          [write('feature-1.txt', 'bad\n'), bash('echo bad > feature-1.txt'), task('Deeper')][
            at.turn
          ] ?? { content: 'I looked.' }
        );
      return [task('Look'), write('feature-2.txt', 'ok\n')][at.turn] ?? done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const files = scripted.project
      .git(folder, 'ls-tree', '--name-only', 'feature/work')
      .split('\n');
    expect(files).toContain('feature-2.txt');
    expect(files).not.toContain('feature-1.txt');
    expect(toldSince(from).some(({ prompt }) => prompt === 'Deeper')).toBe(false);
  });

  it('hears of one in the background, and does not end before it', async () => {
    script = (at) => {
      if (at.prompt === 'Slow')
        return at.turn === 0
          ? { calls: [{ name: 'glob', arguments: { pattern: '*' } }] }
          : { content: 'The answer is 42.' };
      if (at.turn === 0) return task('Slow', { background: true });
      return at.turn === 1 ? write('feature-1.txt', 'ok\n') : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const own = toldSince(from).filter(({ prompt }) => prompt !== 'Slow');
    // one more turn than the script needs when the notice came after story_done, the same number when it came before
    expect(own.length).toBeGreaterThanOrEqual(3);
    const slow = toldSince(from).filter(({ prompt }) => prompt === 'Slow');
    expect(slow).toHaveLength(2);
  });

  it('tells one in the background something, stops it, and goes on', async () => {
    const agentCall = (input: object): ScriptedReply => ({
      calls: [{ name: 'use_tool', arguments: { name: 'agent', arguments: input } }],
    });
    const read = (offset: number): ScriptedReply => ({
      calls: [{ name: 'read_file', arguments: { path: 'lines.txt', offset, limit: 1 } }],
    });
    let isTold = false;
    let isStopping = false;
    const heard: string[] = [];
    script = (at) => {
      if (at.prompt === 'Endless') {
        isTold ||= at.heard.includes('The agent that started you says: hurry');
        return read(at.turn + 1);
      }
      heard.push(at.heard);
      if (at.turn === 0) return task('Endless', { background: true });
      if (at.turn === 1) return agentCall({ action: 'list' });
      if (at.turn === 2) return agentCall({ action: 'message', id: 1, text: 'hurry' });
      if (isStopping) return at.heard.includes('Created') ? done() : write('feature-1.txt', 'ok\n');
      if (!isTold) return read(at.turn);
      isStopping = true;
      return agentCall({ action: 'stop', id: 1 });
    };
    const lines = Array.from({ length: 500 }, (_, at) => `line ${at}\n`).join('');
    const folder = scripted.project.repository({ stories: one, files: { 'lines.txt': lines } });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(heard[1]).toContain('Started as agent 1.');
    expect(heard[2]).toContain('At work:\n1: task (explore): Endless');
    expect(heard[3]).toContain('Agent 1 reads it before its next step.');
    expect(heard.some((text) => text.includes('Agent 1 was stopped.'))).toBe(true);
    expect(scripted.project.git(folder, 'show', 'feature/work:feature-1.txt')).toBe('ok');
  });

  it('runs a program over agents, and hears what it returned', async () => {
    const source = `export const meta = { name: 'survey', description: 'asks about files' }
      const notes = await parallel(args.map((file) => () => agent('Ask ' + file, { profile: 'explore' })));
      const wrote = await agent('Put down ' + notes.length, { touches: ['feature-1.txt'] });
      log('wrote');
      return { notes, wrote };`;
    const heard: string[] = [];
    script = (at) => {
      if (at.prompt.startsWith('Ask ')) return { content: `${at.prompt.slice(4)} is fine.` };
      if (at.prompt.startsWith('Put down 2'))
        return at.turn === 0 ? write('feature-1.txt', 'ok\n') : { content: 'Wrote it.' };
      heard.push(at.heard);
      const given = { name: 'script', arguments: { source, args: ['a', 'b'] } };
      return at.turn === 0 ? { calls: [{ name: 'use_tool', arguments: given }] } : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(heard[1]).toContain('{"notes":["a is fine.","b is fine."],"wrote":"Wrote it."}');
    expect(heard[1]).toContain('It changed feature-1.txt: these changes are in your files now.');
    expect(scripted.project.git(folder, 'show', 'feature/work:feature-1.txt')).toBe('ok');
    expect(document.totals).toMatchObject({ model_calls: 6, repeated_model_calls: 0 });
  });

  it('runs several that read side by side', async () => {
    script = (at) => {
      if (at.prompt.startsWith('Part')) return { content: `${at.prompt} is fine.` };
      if (at.turn > 1) return done();
      if (at.turn === 1) return write('feature-1.txt', 'ok\n');
      const calls = ['Part 1', 'Part 2', 'Part 3'].flatMap((prompt) => task(prompt).calls ?? []);
      return { calls };
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const parts = scripted.model.requests
      .slice(from)
      .filter((seen) => seen.task.prompt.startsWith('Part'));
    expect(parts).toHaveLength(3);
    const firstEnd = Math.min(...parts.map(({ answeredAt }) => answeredAt ?? 0));
    expect(Math.max(...parts.map(({ startedAt }) => startedAt))).toBeLessThan(firstEnd + 2_000);
  });
});

function read(path: string): ScriptedReply {
  return { calls: [{ name: 'read_file', arguments: { path } }] };
}

/** Both replies in one turn. */
function both(one: ScriptedReply, other: ScriptedReply): ScriptedReply {
  return { calls: [...(one.calls ?? []), ...(other.calls ?? [])] };
}

interface Part {
  readonly id: string;
  readonly agent?: 'build' | 'plan' | 'explore';
  readonly depends_on?: readonly string[];
  readonly touches?: readonly string[];
}

function swarm(parts: readonly Part[]): ScriptedReply {
  const subtasks = parts.map((part) => ({ ...part, instruction: `Do ${part.id}` }));
  return { calls: [{ name: 'swarm', arguments: { task: 'All of it', subtasks } }] };
}

/** The subtask whose agent is asked; empty for every other agent. */
const partOf = ({ prompt }: ModelTask): string => /^Your task, "([^"]+)"/.exec(prompt)?.[1] ?? '';
/** What an agent heard in each of its turns. */
const heardBy = (from: number, prompt: (text: string) => boolean): string[] =>
  toldSince(from)
    .filter((task) => prompt(task.prompt))
    .map(({ heard }) => heard);
const isStory = (prompt: string): boolean => prompt.includes('Attempt 1 at US-001');
const branchFiles = (folder: string): string[] =>
  scripted.project.git(folder, 'ls-tree', '-r', '--name-only', 'feature/work').split('\n');

describe('an agent that starts writers', () => {
  it('has one work in the background in a copy; its files come with a notice, and the story passes its proof', async () => {
    script = (at) => {
      if (at.prompt === 'Write it') {
        const copy = at.heard.includes('not committed') ? 'not committed\n' : 'nothing\n';
        const turns = [read('own.txt'), write('copy.txt', copy), write('feature-1.txt', 'ok\n')];
        return turns[at.turn] ?? { content: 'It is written.' };
      }
      if (at.turn === 0) return write('own.txt', 'not committed\n');
      if (at.turn === 1) return task('Write it', { agent: 'general', background: true });
      if (at.turn === 2) return write('feature-2.txt', 'ok\n');
      // done before the other one is: it waits, and hears of it
      if (at.turn === 4) return read('copy.txt');
      return done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(branchFiles(folder)).toEqual(
      expect.arrayContaining(['copy.txt', 'feature-1.txt', 'feature-2.txt', 'own.txt']),
    );
    const heard = heardBy(from, isStory).join('\n---\n');
    expect(heard).toContain(
      'It changed copy.txt, feature-1.txt: these changes are in your files now.',
    );
    expect(heard.match(/The task "Write it" has ended/g)).toHaveLength(1);
    // what it had not committed was in the copy
    expect(scripted.project.git(folder, 'show', 'feature/work:copy.txt')).toBe('not committed');
  });

  it('keeps its own files on a conflict, without marks, and is told where the others are', async () => {
    script = (at) => {
      if (at.prompt === 'Write it')
        return at.turn === 0 ? write('feature-1.txt', 'bad\n') : { content: 'It is written.' };
      if (at.turn === 0) return task('Write it', { agent: 'general', background: true });
      if (at.turn === 1) return write('feature-1.txt', 'ok\n');
      const commit = /git show ([0-9a-f]{40}):FILE/.exec(at.heard)?.[1];
      if (commit !== undefined)
        return bash(`git show ${commit}:feature-1.txt > theirs.txt; cat feature-1.txt`);
      return done();
    };
    const folder = scripted.project.repository({ stories: one });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const shown = (path: string) => scripted.project.git(folder, 'show', `feature/work:${path}`);
    expect([shown('feature-1.txt'), shown('theirs.txt')]).toEqual(['ok', 'bad']);
  });

  it('has a swarm of them carry out a plan; the story passes its proof', async () => {
    script = (at) => {
      const part = partOf(at);
      if (part !== '' && part !== 'look') {
        const seen = at.heard.split('ok').length - 1;
        const turns = [
          both(read('feature-a.txt'), read('feature-b.txt')),
          both(write(`${part}.txt`, `${seen}\n`), write(`feature-${part}.txt`, 'ok\n')),
        ];
        return turns[at.turn] ?? { content: `${part} is done.` };
      }
      if (part !== '') return { content: `${part} is done.` };
      const parts: Part[] = [
        { id: 'a', touches: ['feature-a.txt'] },
        { id: 'b', touches: ['feature-b.txt', 'b.txt'] },
        { id: 'c', depends_on: ['a', 'b'] },
        { id: 'look', agent: 'explore', depends_on: ['c'] },
      ];
      return at.turn === 0 ? swarm(parts) : done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(branchFiles(folder)).toEqual(
      expect.arrayContaining(['feature-a.txt', 'feature-b.txt', 'feature-c.txt']),
    );
    // c began with what a and b had left
    expect(scripted.project.git(folder, 'show', 'feature/work:c.txt')).toBe('2');
    const answer = heardBy(from, isStory)[1] ?? '';
    expect(answer).toMatch(/^4 of 4 subtasks are done\./);
    expect(answer).toContain('## a: done\nIt changed a.txt, feature-a.txt');
    expect(answer).toContain('Outside of what it touches: a.txt');
    expect(answer).toContain('c is done.');
    expect(document.totals).toMatchObject({ model_calls: 12, repeated_model_calls: 0 });
  });

  it('hears what is wrong with a plan, and starts nobody', async () => {
    const circle: Part[] = [
      { id: 'a', depends_on: ['b'] },
      { id: 'b', depends_on: ['a'] },
    ];
    script = (at) =>
      [swarm(circle), swarm([{ id: 'a' }, { id: 'a' }]), write('feature-1.txt', 'ok\n')][at.turn] ??
      done();
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const heard = heardBy(from, isStory);
    expect(heard[1]).toContain('dependencies go in a circle: a -> b -> a');
    expect(heard[2]).toContain('id "a" is already used by subtasks[0]');
    expect(toldSince(from).map(partOf).filter(Boolean)).toEqual([]);
  });

  it('may start some who only read, and these start nobody who writes', async () => {
    appendFileSync(scripted.project.config, '\n[sub_agents]\nmax_depth = 2\nmax_count = 7\n');
    script = (at) => {
      if (at.prompt === 'Look')
        return (
          [
            task('Write it', { agent: 'general' }),
            swarm([{ id: 'a', agent: 'build' }]),
            swarm([{ id: 'deep', agent: 'explore' }]),
            write('feature-9.txt', 'bad\n'),
          ][at.turn] ?? { content: 'I looked.' }
        );
      if (partOf(at) === 'deep')
        return at.turn === 0 ? write('feature-8.txt', 'bad\n') : { content: 'Deep.' };
      if (at.prompt === 'Write it' || partOf(at) !== '') return { content: 'never' };
      const many = Array.from({ length: 6 }, (_, index) => ({ id: `m${index}` }));
      return [task('Look'), swarm(many), write('feature-1.txt', 'ok\n')][at.turn] ?? done();
    };
    const folder = scripted.project.repository({ stories: one });
    const from = scripted.model.requests.length;
    const { code } = await scripted.project.ralph(folder);
    expect(code).toBe(0);
    const looked = heardBy(from, (prompt) => prompt === 'Look');
    expect(looked[1]).toContain('This agent only reads, and so do those that it starts');
    expect(looked[2]).toContain('give a the agent "explore" or "plan"');
    expect(looked[3]).toMatch(/^1 of 1 subtasks are done\.[^]*Deep\./);
    expect(looked[4]).toContain('this agent only reads');
    // two of seven are used up
    expect(heardBy(from, isStory)[2]).toContain('at most 7 agents may be started here');
    expect(branchFiles(folder).filter((file) => file.startsWith('feature-'))).toEqual([
      'feature-1.txt',
    ]);
  });
});
