import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { endedRun } from '../support/ended-run.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261128);
const PARTS = [
  { id: 'a' },
  { id: 'b' },
  { id: 'c', depends_on: ['a'] },
  { id: 'd', depends_on: ['b', 'c'] },
];

const partOf = (prompt: string): string => /^Your task, "([^"]+)"/.exec(prompt)?.[1] ?? '';
const isBehind = (prompt: string): boolean => prompt === 'Write it behind';
const nameOf = ({ prompt, turn }: ModelTask): string =>
  `${partOf(prompt) || prompt.slice(0, 20)} turn ${turn}`;

function call(name: string, input: Readonly<Record<string, unknown>>): ScriptedReply {
  return { calls: [{ name, arguments: input }] };
}

/** A story with one agent in the background, one in the files of the story, and four in a swarm; each writes a file. */
function script({ prompt, turn }: ModelTask): ScriptedReply {
  const part = partOf(prompt);
  if (part !== '')
    return turn < 2 ? write(`feature-${part}${turn}.txt`, 'ok\n') : { content: `${part} is done.` };
  if (isBehind(prompt))
    return turn < 4 ? write(`feature-behind${turn}.txt`, 'ok\n') : { content: 'Written.' };
  if (prompt === 'Write it')
    return turn === 0 ? write('feature-it.txt', 'ok\n') : { content: 'It is.' };
  const task = (text: string, more: object) =>
    call('task', { description: text, prompt: text, agent: 'general', ...more });
  const subtasks = PARTS.map((one) => ({ ...one, instruction: `Do ${one.id}` }));
  const turns = [
    write('feature-own.txt', 'ok\n'),
    task('Write it behind', { background: true }),
    call('swarm', { task: 'All of it', subtasks }),
    task('Write it', {}),
  ];
  return turns[turn] ?? done();
}

const FILES = [
  ...['a', 'b', 'c', 'd'].flatMap((part) => [`feature-${part}0.txt`, `feature-${part}1.txt`]),
  ...[0, 1, 2, 3].map((turn) => `feature-behind${turn}.txt`),
  'feature-it.txt',
  'feature-own.txt',
].toSorted();

const scripted = useScriptedProject(script, 120);

/** What must be the same however often somebody killed something. */
async function outcome(folder: string, runId: string): Promise<object> {
  const { status, stories, publishedBranch } = await endedRun(scripted.project.home, runId);
  const branch = publishedBranch ?? '';
  const git = (...args: string[]): string => scripted.project.git(folder, ...args);
  return {
    status,
    stories: stories.map((story) => [story.status, story.attempts.map(({ outcome: how }) => how)]),
    tree: git('rev-parse', `${branch}^{tree}`),
    files: git('ls-tree', '--name-only', branch)
      .split('\n')
      .filter((file) => file.startsWith('feature-')),
  };
}

describe('a story whose agent starts others', () => {
  it('loses no file and repeats no settled call when workers are killed again and again', async () => {
    const start = async (): Promise<{ folder: string; runId: string }> => {
      const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
      const { document } = await scripted.project.ralph(folder, '--detach');
      return { folder, runId: document.run_id };
    };
    const calm = await start();
    const undisturbed = await outcome(calm.folder, calm.runId);
    // passed means proven: about exactly the tree that all of them made
    expect(undisturbed).toMatchObject({
      status: 'passed',
      stories: [['passed', ['passed']]],
      files: FILES,
    });
    const next = random(SEED);
    const kills: Kill[] = [];
    while (kills.length < KILLS) {
      const from = scripted.model.requests.length;
      const { folder, runId } = await start();
      const done = await killWhileOpen(scripted.project.home, runId, {
        roles: ['worker'],
        model: scripted.model,
        pause: () => 400 + next() * 2_000,
        most: KILLS - kills.length,
      });
      kills.push(...done);
      expect(await outcome(folder, runId)).toEqual(undisturbed);
      const requests = scripted.model.requests.slice(from);
      expect(settledAndRepeated(requests, done, nameOf)).toEqual([]);
    }
    process.stdout.write(`worker: ${kills.length} kills\n`);
  });
});
