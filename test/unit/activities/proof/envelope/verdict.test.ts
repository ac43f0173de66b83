import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outsideDecisions } from '../../../../../src/activities/proof/envelope/outside-decisions.js';
import {
  proveStory,
  type ProveStoryRequest,
} from '../../../../../src/activities/proof/prove-story.js';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import { hitsIn, withOutside } from '../../../../../src/activities/proof/envelope/verdict.js';
import { NO_ENVELOPE } from '../../../../../src/domain/definitions/envelope.js';
import { proofSchema, type Proof } from '../../../../../src/domain/proof/check.js';
import { begunStory, type RalphBench } from '../../../../support/ralph-bench.js';

const MANIFEST = JSON.stringify({ name: 'demo', dependencies: { kept: '1' } });
const WITH_NEW = JSON.stringify({ name: 'demo', dependencies: { kept: '1', 'left-pad': '1' } });

function prove(bench: RalphBench, changes: Partial<ProveStoryRequest> = {}): Promise<Proof> {
  return proveStory(bench.work, {
    key: { scope: 'story', step: 1, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [{ name: 'test', command: 'true', timeoutMs: 20_000 }],
    statePaths: bench.prepared.statePaths,
    allowCheckChanges: true,
    canaries: 'off',
    ...changes,
  });
}

describe('decisions that are not a story’s own', () => {
  it('are found in its diff', async () => {
    const gone = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`old/${at}.txt`, 'x\n']),
    );
    const bench = await begunStory({ 'package.json': MANIFEST, ...gone });
    await bench.write('package.json', WITH_NEW);
    await bench.write('web/package.json', MANIFEST);
    await bench.write('db/migrations/0001.sql', 'drop table x;\n');
    await bench.write('.github/workflows/ci.yml', 'on: push\n');
    for (const name of Object.keys(gone)) await rm(join(bench.lane.root, name));
    const story = await takeTree(bench.lane, bench.base);
    expect(await outsideDecisions(bench.lane, { base: bench.base, granted: [] }, story)).toEqual({
      dependencies: ['npm left-pad'],
      migrations: ['db/migrations/0001.sql'],
      ciFiles: ['.github/workflows/ci.yml'],
      deletions: 20,
    });
  });

  it('are nothing for a story that takes a dependency away or moves it', async () => {
    const bench = await begunStory({ 'package.json': WITH_NEW });
    await bench.write('package.json', MANIFEST);
    await bench.write('web/package.json', JSON.stringify({ dependencies: { 'left-pad': '2' } }));
    const story = await takeTree(bench.lane, bench.base);
    expect(
      await outsideDecisions(bench.lane, { base: bench.base, granted: [] }, story),
    ).toBeUndefined();
  });

  it('are cut behind what a person granted, so that nothing new hides behind it', async () => {
    const bench = await begunStory({});
    const name = (at: number): string => `db/migrations/${String(at).padStart(4, '0')}.sql`;
    for (let at = 0; at < 55; at += 1) await bench.write(name(at), 'select 1;\n');
    const story = await takeTree(bench.lane, bench.base);
    const granted = Array.from({ length: 50 }, (_, at) => `migration ${name(at)}`);
    const outside = await outsideDecisions(bench.lane, { base: bench.base, granted }, story);
    expect(outside?.migrations).toHaveLength(50);
    expect(outside?.migrations.slice(0, 5)).toEqual([50, 51, 52, 53, 54].map(name));
  });

  it('are those of a manifest that is too large to be read, too', async () => {
    const bench = await begunStory({ 'package.json': MANIFEST });
    const padded = { ...(JSON.parse(WITH_NEW) as object), padding: 'x'.repeat(1024 * 1024) };
    await bench.write('package.json', JSON.stringify(padded));
    const story = await takeTree(bench.lane, bench.base);
    const outside = await outsideDecisions(bench.lane, { base: bench.base, granted: [] }, story);
    expect(outside?.dependencies).toEqual(['of package.json, which is too large to be read']);
  });

  it('are listed where everything is allowed, and the story passes', async () => {
    const bench = await begunStory({ 'package.json': MANIFEST });
    await bench.write('package.json', WITH_NEW);
    const proof = await prove(bench);
    expect(proof.verdict).toBe('passed');
    expect(proof.outside?.dependencies).toEqual(['npm left-pad']);
    expect(proof.question).toBeUndefined();
  });

  it('fail the attempt before any check where they are denied, with the reason', async () => {
    const bench = await begunStory({ 'package.json': MANIFEST });
    await bench.write('package.json', WITH_NEW);
    const proof = await prove(bench, { envelope: { ...NO_ENVELOPE, newDependency: 'deny' } });
    expect([proof.verdict, proof.evidence]).toEqual(['failed', []]);
    expect(proof.outside?.dependencies).toEqual(['npm left-pad']);
    const feedback = proof.feedback;
    if (feedback === null) throw new Error('there is no feedback');
    expect(await bench.dependencies.blobs.getText(feedback)).toContain(
      'new dependency npm left-pad',
    );
  });

  it('set a green story aside until a person says yes to exactly them', async () => {
    const bench = await begunStory({ 'package.json': MANIFEST });
    await bench.write('package.json', WITH_NEW);
    const envelope = { ...NO_ENVELOPE, newDependency: 'park' as const };
    const parked = await prove(bench, { envelope });
    expect(parked.verdict).toBe('failed');
    expect(parked.question).toEqual({
      question: 'The checks are green. May this story bring: new dependency npm left-pad?',
      options: ['yes', 'no'],
      grants: ['new dependency npm left-pad'],
    });
    const granted = await prove(bench, { envelope, granted: parked.question?.grants });
    expect(granted.verdict).toBe('passed');
    const other = await prove(bench, { envelope, granted: ['new dependency npm other'] });
    expect(other.question).toBeDefined();
  });

  it('ask nobody about a story that is red', async () => {
    const bench = await begunStory({ 'package.json': MANIFEST });
    await bench.write('package.json', WITH_NEW);
    const proof = await prove(bench, {
      envelope: { ...NO_ENVELOPE, newDependency: 'park' },
      checks: [{ name: 'test', command: 'false', timeoutMs: 20_000 }],
    });
    expect(proof.verdict).toBe('failed');
    expect(proof.question).toBeUndefined();
    expect(proof.outside?.dependencies).toEqual(['npm left-pad']);
  });
});

describe('the verdict', () => {
  const proof = proofSchema.parse({
    verdict: 'already-satisfied',
    tree: 't',
    evidence: [],
    changedDefinitions: [],
    changedFiles: [],
    feedback: null,
  });

  it('stays what it is where nothing was decided', () => {
    expect(withOutside(proof, undefined, [])).toBe(proof);
    expect(hitsIn({}, undefined, 'deny')).toEqual([]);
  });

  it('of a story that changed nothing asks nobody', () => {
    const outside = { dependencies: ['npm a'], migrations: [], ciFiles: [], deletions: 0 };
    expect(withOutside(proof, outside, ['new dependency npm a'])).toEqual({ ...proof, outside });
  });
});
