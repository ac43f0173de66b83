import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunDocument } from '../support/ralph-project.js';
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

const scripted = useScriptedProject((task) => script(task));

const chain = [
  { id: 'US-001' },
  { id: 'US-002', depends_on: ['US-001'] },
  { id: 'US-003', depends_on: ['US-002'] },
];
const number = (task: ModelTask): number => Number(task.story.slice(-1));
const steps = (document: RunDocument) =>
  document.stories.map((story) => `${story.id} ${story.status} ${story.attempts}`);

/** Writes the story's file, looks at it, ends. */
function diligent(task: ModelTask): ScriptedReply {
  if (task.turn === 0) return write(`feature-${number(task)}.txt`, 'ok\n');
  return task.turn === 1 ? bash('ls') : done();
}

describe('codetether ralph run', () => {
  it('passes a chain of stories with one commit each and evidence about exactly the committed trees', async () => {
    script = diligent;
    const folder = scripted.project.repository({ stories: chain });
    const { code, document } = await scripted.project.ralph(folder);
    expect(steps(document)).toEqual(['US-001 passed 1', 'US-002 passed 1', 'US-003 passed 1']);
    expect({ code, status: document.status, branch: document.branch }).toEqual({
      code: 0,
      status: 'passed',
      branch: 'feature/work',
    });
    expect(
      scripted.project
        .git(folder, 'log', '--reverse', '--format=%s', 'main..feature/work')
        .split('\n'),
    ).toEqual([
      'feat(US-001): Title of US-001',
      'feat(US-002): Title of US-002',
      'feat(US-003): Title of US-003',
    ]);
    for (const story of document.stories) {
      const tree = scripted.project.git(folder, 'rev-parse', `${story.commit}^{tree}`);
      expect(
        story.evidence.map((evidence) => [evidence.check, evidence.exit_code, evidence.tree]),
      ).toEqual([['test', 0, tree]]);
    }
    expect(scripted.project.prd(folder).user_stories.map((story) => story.passes)).toEqual([
      true,
      true,
      true,
    ]);
    expect(readFileSync(join(folder, 'progress.txt'), 'utf8')).toContain(
      'US-003 attempt 1: passed',
    );
    expect(document.totals).toMatchObject({
      model_calls: 9,
      repeated_model_calls: 0,
      cost_usd: null,
    });
  });

  it('leaves the checkout alone: branch, index and files but for PRD and progress', async () => {
    script = diligent;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    writeFileSync(join(folder, 'README.md'), '# mine, not committed\n');
    writeFileSync(join(folder, 'mine.txt'), 'untracked\n');
    const { document } = await scripted.project.ralph(folder);
    expect(document.status).toBe('passed');
    expect(
      scripted.project
        .git(folder, 'status', '--short')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['M README.md', 'M prd.json', '?? mine.txt', '?? progress.txt']);
    expect(scripted.project.git(folder, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(scripted.project.git(folder, 'show', '--stat', '--format=', 'feature/work')).toMatch(
      /^feature-1\.txt \|/,
    );
  });

  it('tries a failed story again with the output of the check in the prompt', async () => {
    const prompts: string[] = [];
    script = (task) => {
      if (task.turn === 0 && task.attempt === 2) prompts.push(task.prompt);
      return task.turn === 0
        ? write('feature-1.txt', task.attempt === 1 ? 'bad\n' : 'ok\n')
        : done();
    };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, ...steps(document)]).toEqual([0, 'US-001 passed 2']);
    expect(prompts[0]).toContain('feature-1.txt is not ok');
  });

  it('gives a lying agent nothing: no change, no pass, exit 1', async () => {
    script = () => done();
    const folder = scripted.project.repository({ stories: chain });
    const { code, document } = await scripted.project.ralph(folder, '--max-attempts', '2');
    expect([code, ...steps(document)]).toEqual([
      1,
      'US-001 failed 2',
      'US-002 waiting_on_dependency 0',
      'US-003 waiting_on_dependency 0',
    ]);
    expect(scripted.project.git(folder, 'branch', '--list', 'feature/work')).toBe('');
    expect(scripted.project.prd(folder).user_stories.some((story) => story.passes === true)).toBe(
      false,
    );
  });

  const nodeFiles = {
    'package.json': `${JSON.stringify({ name: 'x', type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
    'src/add.js': 'export const add = (a, b) => a + b;\n',
    'test/add.test.js':
      "import assert from 'node:assert';\nimport { test } from 'node:test';\nimport { add } from '../src/add.js';\ntest('adds', () => assert.equal(add(1, 2), 3));\n",
  };

  it.each([
    ['deletes the failing test', bash('rm test/add.test.js && echo done > notes.md')],
    ['empties the failing test', bash('echo > test/add.test.js')],
    ['sets the test script to exit 0', bash(`sed -i 's/node --test/exit 0/' package.json`)],
  ])('gives an agent that %s nothing', async (_name, trick) => {
    const breakIt = bash(`sed -i 's/a + b/a - b/' src/add.js`);
    script = (task) => (task.turn === 0 ? breakIt : task.turn === 1 ? trick : done());
    const folder = scripted.project.repository({
      stories: [{ id: 'US-001' }],
      checks: { test: 'npm test --silent' },
      files: nodeFiles,
    });
    const { code, document } = await scripted.project.ralph(folder, '--max-attempts', '1');
    expect([code, ...steps(document)]).toEqual([1, 'US-001 failed 1']);
    expect(document.stories[0]?.reason).toMatch(/checks pass only with changed check definitions/);
  });

  it('stops only the dependents of a blocked story', async () => {
    script = (task) => (task.story === 'US-001' ? done('blocked') : diligent(task));
    const folder = scripted.project.repository({
      stories: [{ id: 'US-001' }, { id: 'US-002', depends_on: ['US-001'] }, { id: 'US-003' }],
    });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, ...steps(document)]).toEqual([
      1,
      'US-001 blocked 1',
      'US-002 waiting_on_dependency 0',
      'US-003 passed 1',
    ]);
    expect(document.stories[0]?.reason).toBe('no access');
  });

  it('keeps what people write into the PRD during the run, and drops what the agent writes there', async () => {
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    script = (task) => {
      if (task.turn > 0) return diligent({ ...task, turn: task.turn - 1 });
      const edited = readFileSync(join(folder, 'prd.json'), 'utf8').replace(
        '"demo"',
        '"renamed by hand"',
      );
      writeFileSync(join(folder, 'prd.json'), edited);
      return bash(`sed -i 's/demo/hijacked/' prd.json`);
    };
    const { document } = await scripted.project.ralph(folder);
    expect(document.status).toBe('passed');
    expect(scripted.project.prd(folder)).toMatchObject({
      project: 'renamed by hand',
      user_stories: [{ passes: true }],
    });
    expect(scripted.project.git(folder, 'show', 'feature/work:prd.json')).toContain('"demo"');
  });

  it('puts the result beside a branch that is checked out', async () => {
    script = diligent;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }] });
    const before = scripted.project.git(folder, 'rev-parse', 'main');
    const { document } = await scripted.project.ralph(folder, '--branch', 'main');
    expect(document.branch).toBe(`main-run-${document.run_id}`);
    expect(scripted.project.git(folder, 'rev-parse', 'main')).toBe(before);
    expect(scripted.project.git(folder, 'log', '-1', '--format=%s', document.branch)).toBe(
      'feat(US-001): Title of US-001',
    );
  });

  it('never runs what an agent plants in its lane’s git folder outside the sandbox', async () => {
    const marker = join(scripted.project.root, 'planted');
    script = (task) => {
      if (task.turn > 0) return diligent({ ...task, turn: task.turn - 1 });
      const planted = `#!/bin/sh\\necho x > ${marker}\\n`;
      return bash(
        `mkdir -p .git/hooks && for hook in pre-commit post-checkout reference-transaction post-index-change fsm; do printf '${planted}' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done; git config core.fsmonitor .git/hooks/fsm; git config core.hooksPath .git/hooks`,
      );
    };
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    expect((await scripted.project.ralph(folder)).document.status).toBe('passed');
    expect(existsSync(marker)).toBe(false);
  });

  it('continues on its branch behind passed stories, and says when nothing is left to do', async () => {
    script = (task) =>
      task.story === 'US-002' && task.attempt < 9 && !allowSecond ? done() : diligent(task);
    let allowSecond = false;
    const folder = scripted.project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    expect((await scripted.project.ralph(folder, '--max-attempts', '1')).code).toBe(1);
    allowSecond = true;
    const second = await scripted.project.ralph(folder);
    expect([second.code, ...steps(second.document)]).toEqual([
      0,
      'US-001 passed 0',
      'US-002 passed 1',
    ]);
    expect(
      scripted.project.git(folder, 'log', '--format=%s', 'main..feature/work').split('\n'),
    ).toHaveLength(2);
    const third = await scripted.project.run(folder, 'ralph', 'run');
    expect([third.code, third.stdout]).toEqual([0, expect.stringMatching(/^nothing to do/)]);
  });
});
