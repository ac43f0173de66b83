import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { bindSteps } from '../../../../src/activities/lib/step.js';
import { readPrdStep } from '../../../../src/activities/sub-agents/read-prd.js';
import { NO_DEFINITIONS } from '../../../../src/domain/definitions/definitions.js';
import { ralphBench, type RalphBench } from '../../../support/ralph-bench.js';

const PRD = {
  project: 'p',
  feature: 'f',
  user_stories: [
    {
      id: 'US-001',
      title: 'One',
      description: 'Do it.',
      acceptance_criteria: ['it is there'],
      passes: true,
    },
    { id: 'US-002', title: 'Two', description: 'And that.', depends_on: ['US-001'] },
  ],
};

async function read(bench: RalphBench, path: string, permissions: object[] = []) {
  const { readPrd } = bindSteps(bench.dependencies, { readPrd: readPrdStep });
  const definitions = await bench.dependencies.blobs.put(
    JSON.stringify({ ...NO_DEFINITIONS, permissions }),
  );
  const input = { workspace: bench.prepared.lane, path, definitions };
  return new MockActivityEnvironment().run(
    (given: typeof input) => readPrd(given),
    input,
  ) as ReturnType<typeof readPrd>;
}

describe('the PRD of an agent', () => {
  it('is its stories, as parts that agents can be handed', async () => {
    const bench = await ralphBench();
    await writeFile(join(bench.lane.root, 'work.json'), JSON.stringify(PRD));
    expect(await read(bench, 'work.json')).toEqual({
      title: 'p: f',
      parts: [
        {
          id: 'US-001',
          instruction: 'One\nDo it.\nIt is done when:\n- it is there',
          dependsOn: [],
          priority: expect.any(Number),
          passes: true,
        },
        {
          id: 'US-002',
          instruction: 'Two\nAnd that.',
          dependsOn: ['US-001'],
          priority: expect.any(Number),
          passes: false,
        },
      ],
    });
  });

  it('is a problem in words where it is absent, broken, outside, or may not be read', async () => {
    const bench = await ralphBench();
    await writeFile(join(bench.lane.root, 'bad.json'), '{');
    await writeFile(join(bench.lane.root, 'work.json'), JSON.stringify(PRD));
    for (const path of ['none.json', 'bad.json', '../x.json', '.'])
      expect(await read(bench, path)).toEqual({ problem: expect.any(String) });
    const rules = [{ effect: 'deny', tool: 'read', pattern: '*.json' }];
    expect(
      await read(bench, 'work.json', [{ source: 'a.toml', rules, otherwise: 'allow' }]),
    ).toEqual({
      problem: expect.stringContaining('read(*.json) in a.toml'),
    });
  });
});
