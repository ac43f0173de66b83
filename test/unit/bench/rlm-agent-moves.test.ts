import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextMove } from '../../../bench/rlm/agent-moves.mjs';
import { labelOf } from '../../../bench/rlm/labels.mjs';
import {
  answerTo,
  type PolicyAnswer,
  type PolicyCall,
  type PolicyRequest,
} from '../../../bench/rlm/policy.mjs';
import { scoreOf } from '../../../bench/rlm/score.mjs';
import { makeTask, questionOf, TYPES, type RlmTask } from '../../../bench/rlm/tasks.mjs';
import { temporaryFolder } from '../../support/temporary-folder.js';

type Messages = PolicyRequest['messages'];

/** The tools that it uses, as they print. */
function carryOut({ name, arguments: given }: PolicyCall, folder: string): string {
  const text = (key: string) => String(given[key]);
  if (name === 'bash') {
    const { stdout, status } = spawnSync('bash', ['-c', text('command')], { cwd: folder });
    return `${stdout.toString() || '(no output)'}\n[exit code ${status}]`;
  }
  if (name === 'grep') {
    const { stdout } = spawnSync('grep', ['-nE', text('pattern'), text('path')], { cwd: folder });
    return stdout.toString().replaceAll(/^/gm, 'input.txt:') || 'No match';
  }
  const lines = readFileSync(join(folder, text('path')), 'utf8').split('\n');
  const first = Number(given['offset']) - 1;
  return lines
    .slice(first, first + Number(given['limit']))
    .map((line, index) => `${first + index + 1}\t${line}`)
    .join('\n');
}

/** Works a task off; `shorten` is what becomes of the conversation before each turn. */
async function workOff(task: RlmTask, shorten: (messages: Messages) => Messages) {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'input.txt'), `${task.text}\n`);
  let messages: Messages = [{ role: 'user', content: questionOf(task, { form: 'agent' }) }];
  for (let turn = 1; turn < 60; turn += 1) {
    messages = shorten(messages);
    const { content, calls } = nextMove(task.given, messages, { labelOf });
    if (calls.length === 0) return { answer: content, turn, left: readdirSync(folder) };
    const results = calls.map((call) => ({ role: 'tool', content: carryOut(call, folder) }));
    messages = [...messages, { role: 'assistant', content }, ...results];
  }
  return { answer: null, turn: 60, left: readdirSync(folder) };
}

describe('an agent with grep and bash', () => {
  it.each(TYPES)(
    'finds the truth of %s when it never errs, and leaves no notes behind',
    async (type) => {
      const task = makeTask(type, { seed: 1, tokens: 8000 });
      const { answer, turn, left } = await workOff(task, (messages) => messages);
      expect({ score: scoreOf(task, answer), left }).toEqual({ score: 1, left: ['input.txt'] });
      expect(turn).toBeLessThan(20);
    },
  );

  it.each(['A1', 'A2', 'P1', 'N2'])('goes on with %s from its last turn alone', async (type) => {
    const task = makeTask(type, { seed: 2, tokens: 8000 });
    const lastTurn = (messages: Messages): Messages => {
      const from = messages.findLastIndex(({ role }) => role === 'assistant');
      return from < 0 ? messages : [...messages.slice(0, 1), ...messages.slice(from)];
    };
    const { answer } = await workOff(task, lastTurn);
    expect(scoreOf(task, answer)).toBe(1);
  });

  it('looks at a part of a large input', async () => {
    const task = makeTask('A1', { seed: 1, tokens: 64_000 });
    const { answer, turn } = await workOff(task, (messages) => messages);
    expect({ score: scoreOf(task, answer), turn }).toEqual({ score: 1, turn: 33 });
  });
});

describe('the scripted model as an agent', () => {
  const task = makeTask('A2', { seed: 1, tokens: 8000 });
  const question = { role: 'user', content: questionOf(task, { form: 'agent' }) };
  const lines = task.text.split('\n').slice(0, 25);
  const ask = (content: string): PolicyAnswer =>
    answerTo(
      {
        messages: [
          question,
          { role: 'assistant', content: 'Piece 1 of 3 in 55 lines, reading 1 of 3.' },
          { role: 'tool', content },
        ],
        tools: [{}],
      },
      '1',
    );
  const noted = ({ calls }: PolicyAnswer) =>
    String(calls[0]?.arguments['command'])
      .split('\n')
      .filter((line) => /^[0-9a-f]{8} \w+$/.test(line));

  it('notes labels of what it is shown and of nothing else, some of them wrong', () => {
    const labels = noted(ask(lines.join('\n')));
    expect(labels.map((line) => line.slice(0, 8))).toEqual(lines.map((line) => line.slice(1, 9)));
    const right = labels.filter((line) => line.slice(9) === labelOf('topic', line.slice(0, 8)));
    expect(right.length).toBeLessThan(25);
    expect(right.length).toBeGreaterThan(15);
    expect(noted(ask('(no output)'))).toEqual([]);
  });

  it('shortens its record when it is asked to, and calls no tool then', () => {
    const content = `The agent's task:\n${question.content}\n\nThe record of its work:\n[agent]`;
    expect(answerTo({ messages: [{ role: 'user', content }] }, '1')).toEqual({
      content: expect.stringContaining('labels.tmp') as string,
      calls: [],
    });
  });
});
