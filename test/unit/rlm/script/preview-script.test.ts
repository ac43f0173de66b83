import { describe, expect, it } from 'vitest';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { knownEndsOf, type KnownEnd } from '../../../../src/domain/script/script-journal.js';
import type { ScriptTask } from '../../../../src/domain/script/script-task.js';
import { previewScript } from '../../../../src/rlm/script/preview-script.js';
import { SCRIPT_TASK } from '../../../support/played-script.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';
import { scriptThread } from '../../../support/script-activity-bench.js';
import { play, promptOf, scriptOf } from '../../../support/script-bench.js';

const blobs = new MemoryBlobs();
const SCRIPT = scriptOf(`
  const found = await parallel(['a', 'b'].map((name) => () => agent('find ' + name, { label: name })));
  const joined = await agent('join ' + found.length);
  return ask('Is ' + joined + ' right?');
`);

async function taskOf(script: string, known: readonly KnownEnd[] | null): Promise<ScriptTask> {
  return {
    ...SCRIPT_TASK,
    source: await blobs.put(JSON.stringify({ text: script, nested: {} })),
    args: await blobs.put('null'),
    known: known === null ? null : await blobs.put(JSON.stringify(known)),
  };
}

/** The ends of a run of the script, but for those that are left out. */
async function knownOf(script: string, without: readonly string[] = []): Promise<KnownEnd[]> {
  const { calls, ends } = await play(script, { answer: () => 'ok' });
  const left = new Set(
    calls.filter((call) => without.includes(promptOf(call))).map(({ id }) => id),
  );
  const chains = calls.map(({ id, chain }) => ({ id, chain }));
  const told = ends.filter(({ id }) => !left.has(id));
  return knownEndsOf([
    { ends: null, chains, hash: '' },
    { ends: told, chains: [], hash: '' },
  ]);
}

/** The same end, whose value lies in the store. */
function withRef({ chain, nth, at, spent }: KnownEnd, ref: BlobRef): KnownEnd {
  return { chain, nth, at, spent, ref };
}

const preview = async (script: string, known: readonly KnownEnd[] | null) =>
  previewScript(await taskOf(script, known), blobs, scriptThread);

describe('what becomes of a script that goes on', () => {
  it('is all of it anew where nothing is known, as far as it can be seen', async () => {
    expect(await preview(SCRIPT, null)).toEqual({
      taken: 0,
      asked: ['agent a', 'agent b'],
      end: null,
    });
  });

  it('is taken over up to the first call that is not known', async () => {
    const known = await knownOf(SCRIPT, ['join 2']);
    expect(await preview(SCRIPT, known)).toEqual({ taken: 2, asked: ['agent join 2'], end: null });
    const edited = SCRIPT.replace("'b'", "'B'");
    expect(await preview(edited, await knownOf(SCRIPT))).toEqual({
      taken: 1,
      asked: ['agent B'],
      end: null,
    });
  });

  it('is its end where all is known, also of long values', async () => {
    const known = await knownOf(SCRIPT);
    expect(await preview(SCRIPT, known)).toEqual({ taken: 4, asked: [], end: 'done' });
    const [first, ...others] = known;
    const ref = await blobs.put('"ok"');
    const byReference = first === undefined ? [] : [withRef(first, ref), ...others];
    expect(await preview(SCRIPT, byReference)).toMatchObject({ taken: 4, end: 'done' });
    expect(await preview(scriptOf('throw new Error("no")'), [])).toEqual({
      taken: 0,
      asked: [],
      end: 'failed',
    });
  });

  it('names thousands of calls shortly, and a question by its text', async () => {
    const many = scriptOf(
      `return Promise.all(Array.from({ length: 900 }, (_, at) => agent('n'.repeat(500) + at)));`,
    );
    const { asked } = await preview(many, null);
    expect([asked.length, Math.max(...asked.map(({ length }) => length))]).toEqual([900, 100]);
    expect((await preview(scriptOf('return ask("Go on?");'), null)).asked).toEqual(['ask Go on?']);
    expect((await preview(scriptOf('return sleep(5);'), null)).asked).toEqual(['sleep']);
  });
});
