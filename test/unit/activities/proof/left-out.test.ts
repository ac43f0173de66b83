import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { findLeftOut, nameLeftOut } from '../../../../src/activities/proof/left-out.js';
import { proveStory } from '../../../../src/activities/proof/prove-story.js';
import type { Proof } from '../../../../src/domain/proof/check.js';
import {
  benchOn,
  ralphBench,
  storyInput,
  userGit,
  userRepository,
  type RalphBench,
} from '../../../support/ralph-bench.js';

async function prove(bench: RalphBench, command: string): Promise<Proof> {
  return proveStory(bench.work, {
    key: { scope: command, step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [{ name: 'check', command, timeoutMs: 60_000 }],
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: false,
  });
}

async function benchWithIgnoredFiles(): Promise<RalphBench> {
  const bench = await ralphBench({ '.gitignore': 'dist/\n.env\nnode_modules/\n__pycache__/\n' });
  await beginStory(bench.work, storyInput(bench));
  await bench.write('dist/app.js', '1\n');
  await bench.write('dist/deep/app.js', '1\n');
  await bench.write('.env', 'A=1\n');
  await bench.write('node_modules/a/index.js', '1\n');
  await bench.write('src/__pycache__/a.pyc', '1\n');
  await bench.write('lib/__pycache__/a.pyc', '1\n');
  return bench;
}

const LEFT_OUT = {
  files: ['.env', 'dist/'],
  more: 0,
  caches: { node_modules: 1, __pycache__: 2 },
};

describe('files that git ignores', () => {
  it('are named to the next attempt whose check needs them', async () => {
    const bench = await benchWithIgnoredFiles();
    await bench.write('a.txt', 'made\n');
    const proof = await prove(bench, 'test -f dist/app.js');
    expect([proof.verdict, proof.leftOut]).toEqual(['failed', LEFT_OUT]);
    if (proof.feedback === null) throw new Error('no feedback');
    const feedback = await bench.dependencies.blobs.getText(proof.feedback);
    const { prompt } = await beginStory(
      bench.work,
      storyInput(bench, { attempt: 2, feedback: proof.feedback }),
    );
    expect(await bench.dependencies.blobs.getText(prompt)).toContain(feedback);
    expect(feedback).toContain('.env, dist/, 2 x __pycache__, node_modules');
  });

  it('are named when the agent made nothing else', async () => {
    const bench = await benchWithIgnoredFiles();
    const proof = await prove(bench, 'true');
    expect([proof.verdict, proof.leftOut]).toEqual(['no-change', LEFT_OUT]);
    if (proof.feedback === null) throw new Error('no feedback');
    expect(await bench.dependencies.blobs.getText(proof.feedback)).toContain('.env, dist/');
  });

  it('are named in the proof of a story that passes', async () => {
    const bench = await benchWithIgnoredFiles();
    await bench.write('a.txt', 'made\n');
    const { verdict, leftOut, feedback } = await prove(bench, 'true');
    expect({ verdict, leftOut, feedback }).toEqual({
      verdict: 'passed',
      leftOut: LEFT_OUT,
      feedback: null,
    });
  });

  it('are also those that the person’s own excludes name', async () => {
    const repository = await userRepository({ 'README.md': '# demo\n' });
    await writeFile(join(repository, '.git/info/exclude'), 'notes.txt\n');
    await writeFile(join(repository, '.excludes'), '*.log');
    userGit(repository, 'config', 'core.excludesFile', join(repository, '.excludes'));
    const bench = await benchOn(repository);
    await beginStory(bench.work, storyInput(bench));
    await bench.write('notes.txt', 'mine\n');
    await bench.write('a.log', 'a\n');
    await bench.write('a.txt', 'made\n');
    expect(userGit(bench.lane.root, 'status', '--porcelain')).toBe('?? a.txt');
    const { changedFiles, leftOut } = await prove(bench, 'true');
    expect({ changedFiles, leftOut }).toEqual({
      changedFiles: ['a.txt'],
      leftOut: { files: ['a.log', 'notes.txt'], more: 0, caches: {} },
    });
  });

  it('are no word where there are none', async () => {
    const bench = await ralphBench({ '.gitignore': 'dist/\n' });
    await beginStory(bench.work, storyInput(bench));
    await bench.write('a.txt', 'made\n');
    expect(await prove(bench, 'true')).not.toHaveProperty('leftOut');
  });
});

describe('what a lane holds that is in no tree', () => {
  it('is found in the lane, caches by number', async () => {
    const bench = await benchWithIgnoredFiles();
    expect(await findLeftOut(bench.lane)).toEqual(LEFT_OUT);
  });

  it('is added to the feedback that there is, and makes none where there is none', async () => {
    const bench = await ralphBench();
    const proof: Proof = {
      verdict: 'failed',
      tree: 't',
      evidence: [],
      changedDefinitions: [],
      changedFiles: [],
      feedback: await bench.dependencies.blobs.put('it failed'),
    };
    expect(await nameLeftOut(bench.work, proof, undefined)).toBe(proof);
    const passed: Proof = { ...proof, verdict: 'passed', feedback: null };
    expect(await nameLeftOut(bench.work, passed, LEFT_OUT)).toEqual({
      ...passed,
      leftOut: LEFT_OUT,
    });
    const named = await nameLeftOut(bench.work, proof, LEFT_OUT);
    expect(named).toEqual({ ...proof, leftOut: LEFT_OUT, feedback: named.feedback });
    if (named.feedback === null) return expect.fail('no feedback');
    expect(await bench.dependencies.blobs.getText(named.feedback)).toMatch(
      /^it failed\n\nThe repository ignores.*\.env, dist\//,
    );
  });
});
