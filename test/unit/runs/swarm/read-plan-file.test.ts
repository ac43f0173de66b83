import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlanFile } from '../../../../src/runs/swarm/read-plan-file.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function plan(text: string, name = 'plan.json') {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, name), text);
  return { cwd, read: (file = name) => readPlanFile(file, { cwd, maxSubagents: 3 }) };
}

const refusal = (reading: Promise<unknown>) =>
  reading.then(
    () => 'it was read',
    (error: { code: string; message: string; where?: { line?: number } }) =>
      `${error.code} ${error.where?.line ?? ''} ${error.message}`,
  );

describe('a plan file', () => {
  it('is read with everything that it leaves out', async () => {
    const { read } = await plan(
      '\uFEFF{\r\n"subtasks": [{"id": "a", "instruction": " Do a "}, {"id": "b", "instruction": "Do b", "depends_on": ["a", "a"], "touches": ["src/**"], "agent": "explore", "priority": 2}]}\r\n',
    );
    expect(await read()).toEqual({
      task: '',
      strategy: 'auto',
      subtasks: [
        { id: 'a', instruction: 'Do a', dependsOn: [], touches: [], agent: 'build', priority: 1 },
        {
          id: 'b',
          instruction: 'Do b',
          dependsOn: ['a'],
          touches: ['src/**'],
          agent: 'explore',
          priority: 2,
        },
      ],
    });
  });

  it.each([
    ['', /^ERR_JSON_INVALID /],
    ['I would split it in two', /^ERR_JSON_INVALID /],
    ['[]', /^ERR_SWARM_PLAN_INVALID /],
    ['{"subtasks": []}', /^ERR_SWARM_PLAN_INVALID .*there is no subtask/s],
    ['{"subtasks": [1]}', /^ERR_SWARM_PLAN_INVALID /],
    [
      '{\n"subtasks": [\n{"id": "a b", "instruction": "x"}]}',
      /^ERR_SWARM_PLAN_INVALID 3 .*letters, digits/s,
    ],
    ['{"subtasks": [{"id": "../a", "instruction": "x"}]}', /^ERR_SWARM_PLAN_INVALID /],
    ['{"subtasks": [{"id": "a", "instruction": "  "}]}', /^ERR_SWARM_PLAN_INVALID /],
    ['{"subtasks": [{"id": "a", "instruction": "x", "agent": "row"}]}', /^ERR_SWARM_PLAN_INVALID /],
  ])('is refused: %j', async (text, expected) => {
    expect(await refusal((await plan(text)).read())).toMatch(expected);
  });

  it('names every problem with its line, and no more subtasks than allowed', async () => {
    const many = Array.from({ length: 4 }, (_, index) => `{"id": "s${index}", "instruction": "x"}`);
    expect(await refusal((await plan(`{"subtasks": [${many.join()}]}`)).read())).toMatch(
      /at most 3/,
    );
    const { read } = await plan(
      '{"subtasks": [\n{"id": "a", "instruction": "x", "depends_on": ["z"]},\n{"id": "a", "instruction": "x"}\n]}',
    );
    expect(await refusal(read())).toMatch(/line 3.*already used.*line 2.*"z"/s);
  });

  it('is an ordinary file that is there, and no link out of its repository', async () => {
    const { cwd, read } = await plan('{}');
    expect(await refusal(read('none.json'))).toMatch(/^ERR_SWARM_PLAN_UNREADABLE .*no such file/);
    expect(await refusal(read('.'))).toMatch(/^ERR_FILE_UNSUITABLE .*it is a folder/);
    await mkdir(join(cwd, '.git'));
    await symlink('/etc/passwd', join(cwd, 'link.json'));
    expect(await refusal(read('link.json'))).toMatch(/^ERR_LINK_OUTSIDE /);
  });
});
