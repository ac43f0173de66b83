import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { knownEndsOf } from '../../src/domain/script/script-journal.js';
import type { ScriptFacts } from '../../src/domain/script/script-facts.js';
import { createBlobStore, type BlobStore } from '../../src/platform/storage/blob-store.js';
import { homePaths } from '../../src/platform/storage/home.js';
import { readScriptJournal } from '../../src/platform/storage/repl-journal.js';
import { readProgram, settingsOf } from '../../src/rlm/script/read-program.js';
import { endedRun } from '../support/ended-run.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { openScript, scriptOf } from '../support/script-bench.js';
import { write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';
import { useScriptedProject } from '../support/scripted-project.js';
import type { SwarmDocument } from '../support/swarm-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261130);

/** Sixty agents: twenty strands of three, some of which write; what they found is put together. */
const SCRIPT = scriptOf(`
const names = Array.from({ length: 20 }, (_, at) => 'n' + at);
phase('Look');
const found = await pipeline(
  names,
  (name) => agent('look at ' + name, { profile: 'explore' }),
  (text, name, at) => (at % 5 === 0 ? agent('write ' + name, { touches: [name + '.txt'] }) : agent('think about ' + text, { profile: 'explore' })),
  (text) => agent('sum up ' + text, { profile: 'explore' }),
);
phase('Tell');
log(found.length + ' are there');
return { found };
`).replace("'test'", "'sixty'");

const askedOf = ({ prompt }: ModelTask): string => /^# a\d+\n\n(.+)$/m.exec(prompt)?.[1] ?? '';

function answer(task: ModelTask): ScriptedReply {
  const asked = askedOf(task);
  const [, name] = /^write (n\d+)$/.exec(asked) ?? [];
  if (name !== undefined && task.turn === 0) return write(`${name}.txt`, `${name}\n`);
  return { content: `did ${asked}` };
}

const scripted = useScriptedProject(answer, 60);
const nameOf = (task: ModelTask): string => `${askedOf(task)} turn ${task.turn}`;

async function start(): Promise<{ folder: string; runId: string }> {
  const folder = scripted.project.repository({ stories: [] });
  const place = join(folder, '.codetether', 'scripts');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'sixty.js'), SCRIPT);
  const { stdout, stderr } = await scripted.project.run(
    folder,
    'script',
    'run',
    'sixty',
    '--no-checks',
    '--max-parallel',
    '6',
    '--detach',
    '--json',
  );
  if (stdout === '') throw new Error(stderr);
  return { folder, runId: (JSON.parse(stdout) as SwarmDocument).run_id };
}

/** Digest of the state that the journal makes, evaluated anew from nothing. */
async function replayedHash({ task, journal }: ScriptFacts, blobs: BlobStore): Promise<string> {
  if (task === undefined) throw new Error('the record has no task');
  const vm = await openScript(settingsOf(task));
  let hash = '';
  for (const { ends } of await readScriptJournal(journal, blobs)) {
    const told = (ends ?? []).map(async (end) =>
      'ref' in end ? { id: end.id, spent: end.spent, value: await blobs.getText(end.ref) } : end,
    );
    const step =
      ends === null ? vm.start(await readProgram(task, blobs)) : vm.settle(await Promise.all(told));
    hash = step.hash;
  }
  return hash;
}

/** What must be the same however often somebody killed something. */
async function outcome(folder: string, runId: string): Promise<object> {
  const record = await endedRun(scripted.project.home, runId);
  const { status, reason, stories, publishedBranch, swarm } = record;
  const script = swarm?.script;
  if (script === undefined) throw new Error(`${status}: ${reason}`);
  const blobs = createBlobStore(homePaths(scripted.project.home).blobs);
  expect(await replayedHash(script, blobs)).toBe(script.hash);
  const known = knownEndsOf(await readScriptJournal(script.journal, blobs));
  const branch = publishedBranch ?? '';
  return {
    status,
    answer: swarm?.answer?.preview,
    // when each ended, and what was spent by then, is a matter of the moment
    state: known.map(({ at: _at, spent: _spent, ...end }) => JSON.stringify(end)).toSorted(),
    agents: stories.map(({ status: ended, attempts }) => `${ended} ${attempts.length}`).toSorted(),
    tree: scripted.project.git(folder, 'rev-parse', `${branch}^{tree}`),
  };
}

describe('a script of 60 agents', () => {
  /** The run that nobody disturbed. */
  let calm: Awaited<ReturnType<typeof start>> | undefined;

  it.each([['worker'], ['temporal'], ['worker and temporal'], ['supervisor']])(
    'under SIGKILL of %s: no finished agent runs again, the same result, a state that its journal makes again',
    async (role) => {
      calm ??= await start();
      const undisturbed = await outcome(calm.folder, calm.runId);
      expect(undisturbed).toMatchObject({ status: 'passed' });
      const next = random(SEED + role.length);
      const kills: Kill[] = [];
      let runs = 0;
      while (kills.length < KILLS) {
        const from = scripted.model.requests.length;
        const { folder, runId } = await start();
        runs += 1;
        const done = await killWhileOpen(scripted.project.home, runId, {
          roles: role.split(' and '),
          model: scripted.model,
          pause: () => 300 + next() * 1500,
          most: KILLS - kills.length,
        });
        kills.push(...done);
        expect(await outcome(folder, runId)).toEqual(undisturbed);
        const requests = scripted.model.requests.slice(from);
        expect(settledAndRepeated(requests, done, nameOf)).toEqual([]);
      }
      process.stdout.write(`${role}: ${kills.length} kills in ${runs} runs\n`);
    },
  );
});
