import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bash, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';
import {
  runSwarm,
  subtaskOf,
  writePlan,
  type PlanSubtask,
  type SwarmDocument,
} from '../support/swarm-project.js';

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

const CHECK = ['--check', 'test=bash test/check.sh'];
const lines = ({ subtasks }: SwarmDocument): string[] =>
  subtasks.map(({ id, status, attempts, files }) =>
    `${id} ${status} ${attempts} ${files.join(' ')}`.trim(),
  );
const repository = (files?: Readonly<Record<string, string>>): string =>
  scripted.project.repository({ stories: [], ...(files === undefined ? {} : { files }) });
const plan = (folder: string, subtasks: readonly PlanSubtask[]): string =>
  writePlan(folder, subtasks);
const swarm = (folder: string, ...args: readonly string[]) =>
  runSwarm(scripted.project, folder, ...args);
const requestsFrom = (from: number) => scripted.model.requests.slice(from).map(({ task }) => task);

const DIAMOND = [
  { id: 'a' },
  { id: 'b', depends_on: ['a'] },
  { id: 'c', depends_on: ['a'] },
  { id: 'd', depends_on: ['b', 'c'] },
];

describe('codetether swarm', () => {
  it('works off a diamond in the order of its dependencies, merges, checks and answers', async () => {
    script = writesItsFile;
    const folder = repository();
    const from = scripted.model.requests.length;
    const { code, document } = await swarm(folder, '--plan', plan(folder, DIAMOND), ...CHECK);
    const { status, finished, verified, answer } = document;
    expect([code, status, finished, verified, answer]).toEqual([
      0,
      'passed',
      true,
      true,
      'All joined [a].',
    ]);
    expect(lines(document)).toEqual([
      'a done 1 feature-a.txt',
      'b done 1 feature-b.txt',
      'c done 1 feature-c.txt',
      'd done 1 feature-d.txt',
    ]);
    const firsts = requestsFrom(from).flatMap((task) =>
      task.turn === 0 ? [subtaskOf(task.prompt)] : [],
    );
    const [first, ...rest] = firsts;
    expect([first, rest.slice(0, 2).sort(), rest.slice(2)]).toEqual([
      'a',
      ['b', 'c'],
      ['d', 'join'],
    ]);
    const result = requestsFrom(from).find(({ prompt }) => prompt.startsWith('# d'));
    expect(result?.prompt).toContain('### b\nb is there.\nChanged files: feature-b.txt');
    const tree = scripted.project
      .git(folder, 'ls-tree', '--name-only', document.branch ?? '')
      .split('\n');
    expect(tree).toEqual(expect.arrayContaining(['feature-a.txt', 'feature-d.txt']));
    const diff = await scripted.project.run(folder, 'swarm', 'diff', document.run_id, '--stat');
    expect([diff.code, diff.stdout]).toEqual([0, expect.stringContaining('feature-d.txt')]);
    const merged = await scripted.project.run(folder, 'swarm', 'merge', document.run_id, '--json');
    expect([merged.code, JSON.parse(merged.stdout)]).toEqual([
      0,
      expect.objectContaining({ into: 'main' }),
    ]);
    expect(scripted.project.git(folder, 'show', 'main:feature-d.txt')).toBe('ok');
    expect(document.stats).toMatchObject({
      critical_path_length: 3,
      subagents_spawned: 4,
      max_parallel_reached: 2,
    });
  });

  it('lets a failing subtask block only what depends on it, and retries exactly that', async () => {
    script = (task, subtask) =>
      subtask === 'b'
        ? { content: 'STORY_BLOCKED\nthe schema is missing' }
        : writesItsFile(task, subtask);
    const folder = repository();
    const { code, document } = await swarm(folder, '--plan', plan(folder, DIAMOND), ...CHECK);
    expect([code, document.status, document.finished]).toEqual([1, 'failed', false]);
    expect(lines(document)).toEqual([
      'a done 1 feature-a.txt',
      'b failed 1',
      'c done 1 feature-c.txt',
      'd waiting_on_dependency 0',
    ]);
    expect(document.subtasks[1]?.reason).toBe('the schema is missing');
    script = writesItsFile;
    const from = scripted.model.requests.length;
    const again = await swarm(folder, 'retry', document.run_id);
    expect([again.code, again.document.status, again.document.reason]).toEqual([
      0,
      'passed',
      'all 4 subtasks done, and the merged result is verified',
    ]);
    expect(lines(again.document)).toEqual([
      'a done 1 feature-a.txt',
      'b done 2 feature-b.txt',
      'c done 1 feature-c.txt',
      'd done 1 feature-d.txt',
    ]);
    expect(again.document.branch).toBe(document.branch);
    const asked = new Set(requestsFrom(from).map(({ prompt }) => subtaskOf(prompt)));
    expect([...asked].sort()).toEqual(['b', 'd', 'join']);
  });

  it('has the agent that loses a conflict go on with its own conversation', async () => {
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      const last = task.turn;
      if (last === 0) return write('list.txt', `${subtask}\n`);
      if (last === 1) return { content: `${subtask} wrote.` };
      return last === 2
        ? bash(`printf 'a\\nb\\n' > list.txt`)
        : { content: `${subtask} resolved.` };
    };
    const folder = repository();
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }]);
    const { code, document } = await swarm(folder, '--plan', file, '--no-checks');
    expect([code, ...lines(document)]).toEqual([0, 'a done 1 list.txt', 'b done 1 list.txt']);
    expect(scripted.project.git(folder, 'show', `${document.branch ?? ''}:list.txt`)).toBe('a\nb');
    // one more call with the conversation of before, not a new agent
    expect(document.totals.model_calls).toBe(2 + 2 + 2 + 1);
  });

  it('keeps work whose conflict is not resolved on a branch of its own', async () => {
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      return task.turn === 0 ? write('list.txt', `${subtask}\n`) : { content: 'I say it is done.' };
    };
    const folder = repository();
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }]);
    const { code, document } = await swarm(folder, '--plan', file, '--no-checks');
    const blocked = document.subtasks.find(({ status }) => status === 'failed');
    const landed = document.subtasks.find(({ status }) => status === 'done');
    expect([code, document.finished]).toEqual([1, false]);
    expect(blocked?.kept_branch).toMatch(/^swarm\/.*-run-/);
    expect(scripted.project.git(folder, 'show', `${blocked?.kept_branch ?? ''}:list.txt`)).toBe(
      blocked?.id,
    );
    expect(scripted.project.git(folder, 'show', `${document.branch ?? ''}:list.txt`)).toBe(
      landed?.id,
    );
  });

  it('never runs subtasks side by side that touch the same files, and says who wrote elsewhere', async () => {
    script = writesItsFile;
    const folder = repository();
    const file = plan(folder, [
      { id: 'a', touches: ['feature-*.txt'] },
      { id: 'b', touches: ['feature-b.txt'] },
      { id: 'c', touches: ['docs/**'] },
    ]);
    const from = scripted.model.requests.length;
    const { code, document } = await swarm(folder, '--plan', file, ...CHECK);
    expect(code).toBe(0);
    expect(document.subtasks[2]?.reason).toContain(
      'wrote outside of what it touches: feature-c.txt',
    );
    const seen = scripted.model.requests.slice(from);
    const endOfA =
      seen.filter(({ task }) => subtaskOf(task.prompt) === 'a').at(-1)?.answeredAt ?? 0;
    const startOfB = seen.find(({ task }) => subtaskOf(task.prompt) === 'b')?.startedAt ?? 0;
    expect(startOfB).toBeGreaterThanOrEqual(endOfA);
  });

  it('names the subtask with which the checks of the merged result turn red', async () => {
    script = (task, subtask) =>
      subtask === 'b' && task.turn === 0
        ? write('feature-b.txt', 'bad\n')
        : writesItsFile(task, subtask);
    const folder = repository();
    const file = plan(folder, [
      { id: 'a' },
      { id: 'b', depends_on: ['a'] },
      { id: 'c', depends_on: ['b'] },
    ]);
    const { code, document } = await swarm(folder, '--plan', file, ...CHECK);
    expect([code, document.finished, document.verified]).toEqual([1, false, false]);
    expect(document.subtasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'a done',
      'b failed',
      'c done',
    ]);
    expect(document.subtasks[1]?.reason).toBe('test fails with its changes, and not before them');
  });
});

describe('the plan of a swarm', () => {
  const planned = (subtasks: readonly PlanSubtask[]): ScriptedReply => ({
    content: JSON.stringify({
      subtasks: subtasks.map((one) => ({ instruction: `Do ${one.id}`, ...one })),
    }),
  });

  it('is made by the model, repaired once, and shown by a dry run in the form that --plan takes', async () => {
    script = (task, subtask) => {
      if (subtask !== 'plan') return writesItsFile(task, subtask);
      return task.turn === 0
        ? { content: 'I would split it in two: first a, then b.' }
        : planned([{ id: 'a' }, { id: 'b', depends_on: ['a'] }]);
    };
    const folder = repository();
    const dry = await scripted.project.run(
      folder,
      'swarm',
      'Do a and b',
      '--dry-run',
      '--json',
      ...CHECK,
    );
    const document = JSON.parse(dry.stdout) as {
      subtasks: PlanSubtask[];
      estimate: { calls: number[] };
    };
    expect([
      dry.code,
      document.subtasks.map(({ id, depends_on }) => `${id} ${depends_on?.join()}`),
    ]).toEqual([0, ['a ', 'b a']]);
    expect(document.estimate.calls).toEqual([5, 41]);
    const file = join(`${folder}-dry`, 'plan.json');
    mkdirSync(`${folder}-dry`);
    writeFileSync(file, dry.stdout);
    const { code, document: ended } = await swarm(folder, '--plan', file, ...CHECK);
    expect([code, ...lines(ended)]).toEqual([
      0,
      'a done 1 feature-a.txt',
      'b done 1 feature-b.txt',
    ]);
  });

  it('fails with the reason when the model makes none in two calls', async () => {
    script = () =>
      planned([
        { id: 'a', depends_on: ['b'] },
        { id: 'b', depends_on: ['a'] },
      ]);
    const { code, document } = await swarm(repository(), 'Do it', '--no-checks');
    expect(code).toBe(3);
    expect(document.reason).toContain('dependencies go in a circle: a -> b -> a');
  });

  it('divides files itself for the strategy data', async () => {
    script = (task, subtask) => {
      if (subtask === 'plan')
        return {
          content:
            '{"input": ["src/**"], "instruction": "Read your files", "parts": 2, "agent": "explore"}',
        };
      if (subtask === 'join') return { content: 'joined' };
      return {
        content: `Saw ${[...task.prompt.matchAll(/^- (src\/\S+)/gm)].map(([, path]) => path).join(' ')}`,
      };
    };
    const folder = repository({ 'src/a.txt': 'a', 'src/b.txt': 'b', 'src/c.txt': 'c' });
    const from = scripted.model.requests.length;
    const { code, document } = await swarm(folder, 'Read all', '-s', 'data', '--no-checks');
    expect([code, document.subtasks.map(({ id, status }) => `${id} ${status}`)]).toEqual([
      0,
      ['part-1 done', 'part-2 done'],
    ]);
    const prompts = requestsFrom(from).filter(({ prompt }) => prompt.startsWith('# part'));
    const named = prompts.flatMap(({ prompt }) =>
      [...prompt.matchAll(/^- (src\/\S+)/gm)].map(([, path]) => path),
    );
    expect(new Set(named)).toEqual(new Set(['src/a.txt', 'src/b.txt', 'src/c.txt']));
    expect(named).toHaveLength(3);
  });

  it('is refused with every problem before anything is paid', async () => {
    const folder = repository();
    const from = scripted.model.requests.length;
    const refused = async (
      subtasks: readonly PlanSubtask[],
      ...args: string[]
    ): Promise<string> => {
      const result = await scripted.project.run(
        folder,
        'swarm',
        '--plan',
        plan(folder, subtasks),
        ...args,
      );
      return `${result.code} ${result.stderr}`;
    };
    expect(await refused([])).toMatch(/^2 .*there is no subtask/s);
    expect(await refused([{ id: 'a', depends_on: ['a'] }])).toMatch(/^2 .*waits for itself/s);
    expect(await refused([{ id: 'a' }, { id: 'a' }])).toMatch(/^2 .*line \d+.*already used/s);
    expect(await refused([{ id: 'a', depends_on: ['z'] }])).toMatch(
      /^2 .*"z", which is no subtask/s,
    );
    expect(await refused([{ id: 'a' }, { id: 'b' }], '--max-subagents', '1')).toMatch(
      /^2 .*at most 1/s,
    );
    const many = Array.from({ length: 26 }, (_, index) => ({ id: `s-${index}` }));
    expect(await refused(many)).toMatch(/^2 .*ERR_SWARM_NEEDS_YES.*26 agents/s);
    const none = await scripted.project.run(folder, 'swarm');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no task')]);
    expect(scripted.model.requests.length).toBe(from);
  });
});

describe('a swarm over the rows of a table', () => {
  const SCHEMA =
    '{"type":"object","properties":{"capital":{"type":"string"}},"required":["capital"]}';

  function table(name: string): string {
    const folder = join(scripted.project.root, name);
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'in.csv'),
      'country,code\nFrance,fr\n"Italy, the boot",it\nSpain,es\n',
    );
    writeFileSync(join(folder, 'schema.json'), SCHEMA);
    return folder;
  }
  const ARGS = [
    '--input',
    'in.csv',
    '--template',
    'Capital of {country}?',
    '--schema',
    'schema.json',
    '--output',
    'out.csv',
  ];

  it('asks one question a row, writes the answers, and retries exactly the failed rows', async () => {
    const answers: Record<string, string> = { France: 'Paris', Italy: 'Rome' };
    script = ({ prompt }) => {
      const country = Object.keys(answers).find((name) => prompt.startsWith(`Capital of ${name}`));
      return {
        content: country === undefined ? 'I do not know.' : `{"capital": "${answers[country]}"}`,
      };
    };
    const folder = table('rows');
    const { code, document } = await swarm(folder, ...ARGS);
    expect([code, lines(document)]).toEqual([
      1,
      ['row-1 done 1', 'row-2 done 1', 'row-3 failed 1'],
    ]);
    expect(readFileSync(join(folder, 'out.csv'), 'utf8').split('\n')).toEqual([
      'country,code,capital,_status,_error',
      'France,fr,Paris,done,',
      '"Italy, the boot",it,Rome,done,',
      expect.stringMatching(/^Spain,es,,failed,.*no JSON object/),
      '',
    ]);
    answers['Spain'] = 'Madrid';
    const from = scripted.model.requests.length;
    const again = await swarm(folder, 'retry', document.run_id);
    expect([again.code, lines(again.document)[2]]).toEqual([0, 'row-3 done 2']);
    expect(scripted.model.requests.length - from).toBe(1);
    expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toContain('Spain,es,Madrid,done,');
  });

  it('refuses a template with an unknown column, a row that is no JSON and a schema that is none', async () => {
    const folder = table('bad-rows');
    writeFileSync(join(folder, 'in.jsonl'), '{"country": "France"}\nnot json\n');
    const refused = async (...args: string[]): Promise<string> => {
      const result = await scripted.project.run(folder, 'swarm', ...args);
      return `${result.code} ${result.stderr}`;
    };
    expect(await refused(...ARGS.with(3, 'Capital of {land}?'))).toMatch(
      /^2 .*no column land.*country, code/s,
    );
    expect(await refused(...ARGS.with(1, 'in.jsonl'))).toMatch(/^2 .*no JSON object.*in\.jsonl:2/s);
    expect(await refused(...ARGS.with(5, 'in.csv'))).toMatch(/^2 .*ERR_ROWS_SCHEMA/s);
    expect(await refused('--input', 'in.csv')).toMatch(
      /^2 .*--template, --schema, --output is missing/s,
    );
    expect(existsSync(join(folder, 'out.csv'))).toBe(false);
  });
});

describe('steering a swarm', () => {
  it('stops one subtask inside a sleeping tool in less than 2 s, tells another something, and leaves the others alone', async () => {
    script = (task, subtask) => {
      if (subtask === 'join') return { content: 'joined' };
      if (subtask === 'a' && task.turn === 0) return bash('sleep 600');
      if (subtask === 'b' && task.turn < 3) return bash('sleep 1');
      return writesItsFile({ ...task, turn: Math.max(0, task.turn - 3) }, subtask);
    };
    const folder = repository();
    const file = plan(folder, [{ id: 'a' }, { id: 'b' }]);
    const from = scripted.model.requests.length;
    const started = await scripted.project.run(
      folder,
      'swarm',
      '--plan',
      file,
      '--no-checks',
      '--detach',
      '--json',
    );
    const { run_id: run } = JSON.parse(started.stdout) as { run_id: string };
    await vi.waitFor(() => expect(requestsFrom(from).length).toBeGreaterThan(1), 30_000);
    const told = await scripted.project.run(
      folder,
      'swarm',
      'message',
      `${run}/b`,
      'use the blue one',
    );
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('b is told')]);
    const before = Date.now();
    const stopped = await scripted.project.run(folder, 'swarm', 'stop', `${run}/a`);
    expect([stopped.code, stopped.stdout]).toEqual([
      0,
      expect.stringContaining('a is being stopped'),
    ]);
    await vi.waitFor(async () => {
      const { document } = await swarm(folder, 'status', run);
      expect(document.subtasks[0]?.status).toBe('cancelled');
    }, 20_000);
    const stoppedMs = Date.now() - before;
    const ended = await scripted.project.run(folder, 'attach', run, '--json');
    const document = JSON.parse(ended.stdout) as SwarmDocument;
    expect(document.subtasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'a cancelled',
      'b done',
    ]);
    expect(document.subtasks[0]?.duration_ms).toBeLessThan(stoppedMs + 30_000);
    const last = scripted.model.requests.at(-1);
    expect(last).toBeDefined();
    const unknown = await scripted.project.run(folder, 'swarm', 'stop', `${run}/z`);
    expect(unknown.code).toBe(2);
  });

  it('starts beside an open run of the same repository only when it is told to', async () => {
    script = (task, subtask) =>
      subtask === 'a' && task.turn === 0 ? bash('sleep 600') : writesItsFile(task, subtask);
    const folder = repository();
    const file = plan(folder, [{ id: 'a' }]);
    const started = await scripted.project.run(
      folder,
      'swarm',
      '--plan',
      file,
      '--no-checks',
      '--detach',
      '--json',
    );
    const { run_id: run } = JSON.parse(started.stdout) as { run_id: string };
    const refused = await scripted.project.run(
      folder,
      'swarm',
      '--plan',
      plan(folder, [{ id: 'b' }]),
      '--no-checks',
    );
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(run)]);
    const beside = await swarm(
      folder,
      '--plan',
      plan(folder, [{ id: 'b' }]),
      '--no-checks',
      '--beside',
    );
    expect([beside.code, ...lines(beside.document)]).toEqual([0, 'b done 1 feature-b.txt']);
    await scripted.project.run(folder, 'swarm', 'cancel', run);
    await vi.waitFor(async () => {
      const { document } = await swarm(folder, 'status', run);
      expect(document.status).toBe('cancelled');
    }, 20_000);
  });
});
