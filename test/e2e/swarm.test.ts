import { describe, expect, it } from 'vitest';
import { write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runSwarm, subtaskOf, writePlan } from '../support/swarm-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask, subtask: string) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task, subtaskOf(task.prompt)), 50);

/** Every subtask writes a file of its own and says so. */
function writesItsFile(task: ModelTask, subtask: string): ScriptedReply {
  if (subtask === 'join') return { content: 'All joined [a].' };
  return task.turn === 0
    ? write(`feature-${subtask}.txt`, 'ok\n')
    : { content: `${subtask} is there.` };
}

const DIAMOND = [
  { id: 'a' },
  { id: 'b', depends_on: ['a'] },
  { id: 'c', depends_on: ['a'] },
  { id: 'd', depends_on: ['b', 'c'] },
];

describe('codetether swarm', () => {
  it('works off a diamond in the order of its dependencies, merges, checks and answers', async () => {
    script = writesItsFile;
    const folder = scripted.project.repository({ stories: [] });
    const plan = writePlan(folder, DIAMOND);
    const from = scripted.model.requests.length;
    const { code, document, stderr } = await runSwarm(
      scripted.project,
      folder,
      '--plan',
      plan,
      '--check',
      'test=bash test/check.sh',
    );
    console.log(stderr, JSON.stringify(document, null, 1));
    expect([code, document.status, document.finished, document.verified]).toEqual([
      0,
      'passed',
      true,
      true,
    ]);
    expect(
      document.subtasks.map(
        ({ id, status, attempts, files }) => `${id} ${status} ${attempts} ${files.join(' ')}`,
      ),
    ).toEqual([
      'a done 1 feature-a.txt',
      'b done 1 feature-b.txt',
      'c done 1 feature-c.txt',
      'd done 1 feature-d.txt',
    ]);
    expect(document.answer).toBe('All joined [a].');
    const firsts = scripted.model.requests
      .slice(from)
      .filter(({ task }) => task.turn === 0)
      .map(({ task }) => subtaskOf(task.prompt));
    expect([firsts[0], [...firsts.slice(1, 3)].sort(), firsts[3], firsts[4]]).toEqual([
      'a',
      ['b', 'c'],
      'd',
      'join',
    ]);
    const files = scripted.project
      .git(folder, 'ls-tree', '--name-only', document.branch ?? '')
      .split('\n');
    expect(files).toEqual(
      expect.arrayContaining(['feature-a.txt', 'feature-b.txt', 'feature-c.txt', 'feature-d.txt']),
    );
  });
});
