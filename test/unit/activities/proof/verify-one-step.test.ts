import { describe, expect, it } from 'vitest';
import { verifyStep } from '../../../../src/activities/proof/verify-step.js';
import type { Evidence } from '../../../../src/domain/proof/check.js';
import {
  verificationRuns,
  verificationStepSchema,
} from '../../../../src/domain/proof/verification.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { ralphBench } from '../../../support/ralph-bench.js';

/** Evidence and output of the one run that these steps make. */
async function verify(
  steps: readonly object[],
  files: Readonly<Record<string, string>> = {},
  workdir = '.',
): Promise<readonly [Evidence, string]> {
  const bench = await ralphBench(files, workdir);
  await workspaceGit(bench.proofLane).checkoutTree(bench.base);
  const [run] = verificationRuns(steps.map((step) => verificationStepSchema.parse(step)));
  if (run === undefined) return expect.fail('no run');
  const about = { tree: 't', definitions: 'story', proofLane: bench.proofLane } as const;
  const evidence = await verifyStep(
    bench.work,
    { ...about, proofLane: { ...bench.proofLane, workdir } },
    run,
  );
  return [evidence, await bench.dependencies.blobs.getText(evidence.output)];
}

describe('one verification step', () => {
  it('of files finds them from the folder of the PRD, with and without a pattern', async () => {
    const files = { 'app/docs/a b.md': '', 'docs/c.md': '' };
    const exists = (fields: object) => verify([{ type: 'file_exists', ...fields }], files, 'app');
    const [one, text] = await exists({ path: 'docs/a b.md' });
    expect([one.kind, one.exitCode, text]).toEqual(['verification', 0, 'docs/a b.md exists\n']);
    const [other, missing] = await exists({ path: 'docs/c.md' });
    expect([other.exitCode, missing]).toEqual([1, 'there is no docs/c.md\n']);
    const [many] = await exists({ path: 'docs/*.md', glob: true });
    expect(many.exitCode).toBe(0);
    const [up] = await exists({ path: '../docs/c.md' });
    expect(up.exitCode).toBe(0);
  });

  it.each(['../x', '/etc/passwd'])('never looks at %s, which lies outside', async (path) => {
    const [evidence, text] = await verify([{ type: 'file_exists', path }]);
    expect([evidence.exitCode, text]).toEqual([
      null,
      `not run: ${path} leads outside the repository`,
    ]);
  });

  it('takes no part of a path for shell', async () => {
    const [evidence, text] = await verify([
      { type: 'file_exists', path: '$(touch /tmp/x; echo README.md)' },
    ]);
    expect([evidence.exitCode, text]).toEqual([1, 'there is no $(touch /tmp/x; echo README.md)\n']);
  });

  it('names each text that the output lacks', async () => {
    const step = {
      type: 'shell',
      command: 'echo one',
      expectOutputContains: ['one', 'two', 'three'],
    };
    const [evidence, text] = await verify([step]);
    expect(evidence.exitCode).toBe(1);
    expect(text.split('\n')).toEqual([
      'one',
      'the output does not contain "two"',
      'the output does not contain "three"',
      '',
    ]);
  });
});
