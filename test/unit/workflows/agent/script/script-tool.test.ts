import { describe, expect, it, vi } from 'vitest';
import { ScriptCall } from '../../../../../src/workflows/agent/script/script-call.js';
import { runScriptCall } from '../../../../../src/workflows/agent/script/script-tool.js';
import { failForGood, playScriptCall } from '../../../../support/played-script-call.js';
import { waits } from '../../../../support/played-script.js';
import { scriptOf } from '../../../../support/script-bench.js';
import { workflowCall } from '../../../../support/workflow-call.js';
import { workflowTree } from '../../../../support/workflow-tree.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { workflowTree: tree } = await import('../../../../support/workflow-tree.js');
  return tree.module(await original());
});

const body = (text: string, args?: unknown) => ({
  source: scriptOf(text),
  ...(args === undefined ? {} : { args }),
});
const MAP = body(
  `const notes = await pipeline(args, (file) => agent('Read ' + file, { label: file, profile: 'explore' }));
   log('read', notes.length);
   return await agent('Join ' + notes.join(' + '), { profile: 'explore' });`,
  ['a.ts', 'b.ts', 'c.ts'],
);

describe('a call of script', () => {
  it('maps agents over files and joins what they said; the answer is what the script returned, with its log', async () => {
    const { text, isError, asked, inputs, names } = await playScriptCall(MAP);
    expect([typeof runScriptCall, typeof ScriptCall]).toEqual(['function', 'function']);
    expect(asked).toEqual([
      'Read a.ts',
      'Read b.ts',
      'Read c.ts',
      'Join did Read a.ts + did Read b.ts + did Read c.ts',
    ]);
    expect(text).toBe(
      `The script returned:\ndid ${asked[3] ?? ''}\n\nIt started 4 agents.\n\nLog:\nread 3`,
    );
    expect(isError).toBe(false);
    // readers of a script that changes nothing work where their starter works
    expect(inputs.map(({ workspace, profile }) => [workspace.id, profile?.name])).toEqual(
      inputs.map(() => ['key/run/lane-1', 'explore']),
    );
    expect(names).not.toContain('forkLane');
  });

  it('names one script in all steps, with keys of the agent itself', async () => {
    const steps: { node: string; key: { scope: string; step: number } }[] = [];
    const { names } = await playScriptCall(MAP, {
      activity: ({ name, input }) => {
        if (name === 'stepScript') steps.push(input as (typeof steps)[number]);
        return undefined;
      },
    });
    expect(new Set(steps.map(({ node }) => node)).size).toBe(1);
    expect(steps[0]?.node).toMatch(/^root\/root\/script\/\d+$/);
    expect(new Set(steps.map(({ key }) => `${key.scope} ${key.step}`)).size).toBe(steps.length);
    expect(names.filter((name) => name === 'prepareScript')).toHaveLength(1);
  });

  it('gives values that fit a schema, and an error for an answer that does not', async () => {
    const { text, asked } = await playScriptCall(
      body(
        `const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
         const good = await agent('good', { schema });
         const bad = await agent('bad', { schema, settle: true });
         return [good.n + 1, bad.reason.code, bad.reason.message];`,
      ),
      { agents: (prompt) => (prompt.startsWith('good') ? 'It is {"n": 41}.' : '{"n": "x"}') },
    );
    expect(text).toMatch(/returned:\n\[42,"SchemaError","n: [^"]+"\]/);
    expect(asked[0]).toContain('It fits this JSON Schema:');
    expect(asked).toHaveLength(2);
  });

  it('tells the script of an agent that failed, which may go on', async () => {
    const { text, isError } = await playScriptCall(
      body(
        `try { await agent('bad'); } catch (error) { return error.code + ': ' + error.message; }`,
      ),
      { agents: (prompt) => (prompt === 'bad' ? failForGood() : '') },
    );
    expect(text).toContain('The script returned:\nAgentError: the agent ended without a result');
    expect(text).toContain('It started 1 agent; 1 did not end well.');
    expect(isError).toBe(false);
  });

  it('is an error with the line where the script does not catch it, and stops those that nobody awaits', async () => {
    const { text, isError, seen } = await playScriptCall(
      body(`const slow = agent('slow');\nawait agent('bad');\nreturn await slow;`),
      { agents: (prompt) => (prompt === 'bad' ? failForGood() : undefined) },
    );
    expect(text).toContain('The script failed at line 3: AgentError: ');
    expect(isError).toBe(true);
    const slow = seen.lives.at(1);
    await expect(slow?.result).resolves.toMatchObject({ outcome: 'cancelled' });
    expect(seen.lives.every(({ isOver }) => isOver)).toBe(true);
    expect(seen.result).toMatchObject({ outcome: 'done' });
  });

  it('has at most eight agents at work; the rest waits in order', async () => {
    const open = new Set<string>();
    let most = 0;
    const all = Array.from({ length: 20 }, (_, at) => at);
    const { asked } = await playScriptCall(
      body(
        `return (await parallel(args.map((n) => () => agent('n' + n, { profile: 'plan' })))).length;`,
        all,
      ),
      {
        activity: ({ name, life }) => {
          if (name === 'callModel' && life.id !== 'root')
            most = Math.max(most, open.add(life.id).size);
          if (name === 'takeAnswer') open.clear();
          return undefined;
        },
      },
    );
    expect(asked).toEqual(all.map((n) => `n${n}`));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('tells the script that too many agents were asked for; those below others count', async () => {
    const { text, asked } = await playScriptCall(
      body(
        `const all = await parallel([1, 2, 3, 4].map((n) => () => agent('n' + n)), { settle: true });
         return all.map(({ status, reason }) => reason?.code ?? status);`,
      ),
      { input: { subAgents: { depth: 1, count: 3 } } },
    );
    expect(asked).toHaveLength(3);
    expect(text).toContain('["fulfilled","fulfilled","fulfilled","LimitError"]');
  });

  it('waits for what agents at work do not hand on, where agents may start agents', async () => {
    const { text, asked } = await playScriptCall(
      body(`return (await parallel([1, 2, 3].map((n) => () => agent('n' + n)))).length;`),
      { input: { subAgents: { depth: 2, count: 4 } } },
    );
    expect(asked).toHaveLength(3);
    expect(text).toContain('The script returned:\n3');
  });

  it.each([
    ['a mistake', 'const x = ;', 'line 2, column 11: Unexpected token'],
    ['an unknown name', 'return fetch("x");', 'line 2, column 8: unknown name fetch'],
  ])('with %s is answered with its place, and starts nothing', async (_, text, problem) => {
    const played = await playScriptCall(body(text));
    expect(played.text).toContain('script: the script cannot run, and nothing was started:');
    expect(played.text).toContain(problem);
    expect([played.isError, played.asked]).toEqual([true, []]);
    expect(played.names).not.toContain('stepScript');
  });

  it.each([
    ['neither a source nor a name', {}, 'give source, or the name of a script'],
    ['both', { source: 'x', name: 'y' }, 'one of the two'],
    ['a path for a name', { name: '../x' }, 'name'],
  ])('with %s is refused', async (_, given, problem) => {
    const { text, names } = await playScriptCall(given);
    expect(text).toMatch(/^script: /);
    expect(text).toContain(problem);
    expect(names).not.toContain('prepareScript');
  });

  it.each([
    ['may start none', { subAgents: { depth: 0, count: 9 } }, 'not available to this agent'],
    [
      'has none left',
      { subAgents: { depth: 1, count: 0 } },
      'at most 0 agents may be started here',
    ],
  ])('of an agent that %s is refused', async (_, input, problem) => {
    const { text, names } = await playScriptCall(MAP, { input });
    expect(text).toContain(problem);
    expect(names).not.toContain('prepareScript');
  });

  it('in the making of a plan starts readers alone', async () => {
    const plan = workflowCall('plan_enter', 'plan', { goal: 'a plan', steps: [] });
    const { text, inputs } = await playScriptCall(
      body(
        `await agent('look');
         try { await agent('write', { profile: 'build' }); } catch (error) { return error.code + ': ' + error.message; }`,
      ),
      { before: [plan] },
    );
    expect(inputs.map(({ profile }) => profile?.name)).toEqual(['explore']);
    expect(text).toContain('DeniedError: you are making a plan and may only read');
  });

  it('where there are no lanes starts readers alone', async () => {
    const { text, inputs } = await playScriptCall(
      body(
        `await agent('look'); return (await agent('w', { profile: 'build', settle: true })).reason;`,
      ),
      { input: { forks: undefined } },
    );
    expect(inputs.map(({ profile }) => profile?.name)).toEqual(['explore']);
    expect(text).toContain('cannot work side by side here');
  });

  it('has writers work in lanes of their own, and says what became of their files', async () => {
    const { text, inputs, names, asked } = await playScriptCall(
      body(
        `await parallel([() => agent('one', { label: 'first', touches: ['src/**'] }), () => agent('look', { profile: 'explore' })]);
         return await agent('after', { profile: 'explore' });`,
      ),
    );
    expect(inputs.map(({ workspace }) => workspace.id === 'key/run/lane-1')).toEqual([
      false,
      false,
      true,
    ]);
    expect(names.filter((name) => name === 'mergeFork')).toHaveLength(2);
    expect(asked[0]).toContain('Change only files that match: src/**');
    expect(text).toContain('Files:\n');
    expect(text).toContain('first: It changed f: these changes are in your files now.');
  });

  it('never has two work side by side that may write the same files', async () => {
    const open = new Set<string>();
    let most = 0;
    await playScriptCall(
      body(
        `await parallel([1, 2, 3].map((n) => () => agent('n' + n, { touches: ['a/' + (n === 1 ? '**' : n)] })));`,
      ),
      {
        activity: ({ name, life }) => {
          if (name === 'callModel' && life.id !== 'root') open.add(life.id);
          if (open.has('root/task/1')) most = Math.max(most, open.size);
          if (name === 'mergeFork') open.delete('root/task/1');
          return undefined;
        },
      },
    );
    expect(most).toBe(1);
  });

  it('takes a conflict for an error of its own, and says where the work is', async () => {
    const { text } = await playScriptCall(
      body(`return (await agent('one', { settle: true })).reason.code;`),
      {
        activity: ({ name }) =>
          name === 'mergeFork'
            ? { kind: 'conflict', conflicts: ['x'], files: ['x'], commit: 'c0ffee', ref: 'r' }
            : undefined,
      },
    );
    expect(text).toContain('The script returned:\nConflictError');
    expect(text).toContain('git show c0ffee:FILE');
  });

  it('asks nobody, and sleeps in time of the workflow', async () => {
    const { text } = await playScriptCall(
      body(
        `await sleep(90000);
         try { await ask('Which?'); } catch (error) { return error.code + ': ' + error.message; }`,
      ),
    );
    expect(text).toContain('DeniedError: a script of an agent asks nobody');
    expect(text).toContain('tool question');
    expect(workflowTree.slept).toContain(90_000);
    expect(text).toContain('It started no agent.');
  });

  it('stops an agent at its own time limit', async () => {
    const { text } = await playScriptCall(
      body(`return (await agent('slow', { timeout: 7, settle: true })).reason;`),
      { agents: () => undefined },
    );
    expect(workflowTree.slept).toEqual([7000]);
    expect(text).toContain('"code":"AgentError","message":"it did not end within 7 s"');
  });

  it('keeps the last fifty lines of the log, and counts the others', async () => {
    const { text } = await playScriptCall(
      body(`phase('All'); for (let n = 0; n < 70; n += 1) log('line', n); return null;`),
    );
    expect(text).toContain('Log, without 21 lines before:\nline 20\n');
    expect(text).toContain('line 69');
    expect(text).not.toContain('phase: All');
  });

  it('that goes on without an end is ended', async () => {
    let steps = 0;
    const { text } = await playScriptCall(body('for (;;) await sleep(1);'), {
      activity: ({ name }) => {
        if (name !== 'stepScript') return undefined;
        steps += 1;
        return waits([{ id: steps, kind: 'sleep', milliseconds: 1 }]);
      },
    });
    expect(text).toContain('The script failed: it went on more than 500 times');
    expect(steps).toBe(500);
  });

  it('ends with its agent, and so do all that it started', async () => {
    const { seen } = await playScriptCall(
      body(`return await parallel([1, 2].map((n) => () => agent('n' + n)));`),
      {
        agents: (prompt) => {
          if (prompt === 'n2') workflowTree.lives[0]?.root.cancel();
          return undefined;
        },
      },
    );
    expect(seen.lives.every(({ isOver }) => isOver)).toBe(true);
    for (const { result } of seen.lives.slice(1))
      await expect(result).resolves.toMatchObject({ outcome: 'cancelled' });
  });

  it('fails with its agent where the program cannot be stepped', async () => {
    const { seen } = await playScriptCall(MAP, {
      activity: ({ name }) => {
        if (name === 'stepScript') failForGood();
        return undefined;
      },
    });
    expect(seen.result).toBeInstanceOf(Error);
  });
});
