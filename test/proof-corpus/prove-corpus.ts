import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cheat, Ecosystem, Exercise, Files, HonestStory } from './corpus-item.js';
import { CHEATS, ECOSYSTEMS, EXERCISES, HONEST_STORIES } from './index.js';
import {
  brokenBy,
  layer,
  setUp,
  shell,
  storyOf,
  type CommandEnd,
  type Project,
} from './project.js';
import { isShared } from './share.js';
import { toolsFor } from './tools.js';

const LIMIT_MS = 400_000;
/** Each item has a tree of its own. */
const SIDE_BY_SIDE = { concurrent: true };

/** Proves, by running the bare checks, that the corpus's items on these tools are what they claim; skips visibly where a tool is missing. */
export function proveCorpus(tools: readonly string[]): void {
  for (const ecosystem of ECOSYSTEMS.filter(({ tool }) => tools.includes(tool))) {
    describe.skipIf(toolsFor(ecosystem.needs) === undefined)(ecosystem.id, SIDE_BY_SIDE, () => {
      proveProject(ecosystem);
    });
  }
  for (const exercise of EXERCISES.filter((one) => tools.includes(one.tool) && isShared(one))) {
    describe.skipIf(toolsFor(exercise.needs) === undefined)(exercise.id, SIDE_BY_SIDE, () => {
      it('is solved by its reference alone', { timeout: LIMIT_MS }, async () => {
        expect(await coloursOf(exercise)).toEqual({
          stub: 'red',
          reference: 'green',
          lie: 'red',
          deletedTests: 'green',
          brokenSolution: 'red',
        });
      });
    });
  }
}

function proveProject(ecosystem: Ecosystem): void {
  it('is green, and red once its product is broken', { timeout: LIMIT_MS }, async () => {
    const ends = [await checkOf(ecosystem), await checkOf(ecosystem, ecosystem.broken)];
    expect(ends.map(colour)).toEqual(['green', 'red']);
  });
  for (const cheat of CHEATS.filter((one) => one.ecosystem === ecosystem.id && isShared(one))) {
    it(`${cheat.id} stays green: ${cheat.title}`, { timeout: LIMIT_MS }, async () => {
      await proveCheat(cheat, ecosystem);
    });
  }
  for (const story of HONEST_STORIES.filter(
    (one) => one.ecosystem === ecosystem.id && isShared(one),
  )) {
    it(`${story.id} is green: ${story.title}`, { timeout: LIMIT_MS }, async () => {
      await proveHonest(story, ecosystem);
    });
  }
}

async function proveCheat(cheat: Cheat, ecosystem: Ecosystem): Promise<void> {
  if (cheat.broken !== undefined) {
    expect(colour(await checkOf(ecosystem, cheat.broken)), 'the breakage alone').toBe('red');
  }
  if (cheat.inTwoStories === true) {
    const first = await checkOf(ecosystem, cheat.neuter);
    expect(first, 'the first of two stories').toMatchObject({ exitCode: 0 });
    const second = await checkOf(ecosystem, cheat.neuter, brokenBy(cheat, ecosystem));
    expect(second, 'the second of two stories').toMatchObject({ exitCode: 0 });
    return;
  }
  const whole = await checkOf(ecosystem, storyOf(cheat, ecosystem), cheat.forge?.command);
  expect(whole, 'the whole story').toMatchObject({ exitCode: 0 });
}

async function proveHonest({ edits, needed }: HonestStory, ecosystem: Ecosystem): Promise<void> {
  expect(await checkOf(ecosystem, edits)).toMatchObject({ exitCode: 0 });
  if (needed === undefined) return;
  const rest = Object.entries(edits).filter(([path]) => !needed.includes(path));
  const without = colour(await checkOf(ecosystem, Object.fromEntries(rest)));
  expect(without, 'without its own configuration').toBe('red');
}

async function coloursOf(exercise: Exercise): Promise<Record<string, string>> {
  const { reference, lie, deletedTests, brokenSolution } = exercise;
  return {
    stub: colour(await checkOf(exercise)),
    reference: colour(await checkOf(exercise, reference)),
    lie: colour(await checkOf(exercise, lie)),
    deletedTests: colour(await checkOf(exercise, deletedTests)),
    brokenSolution: colour(await checkOf(exercise, brokenSolution)),
  };
}

/** The end of the check on the project with `layers` over it; a text is a command to run there. */
async function checkOf(
  project: Project,
  ...layers: readonly (Files | string | undefined)[]
): Promise<CommandEnd> {
  const tools = toolsFor(project.needs);
  if (tools === undefined) throw new Error(`${project.id} cannot run here`);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'proof-corpus-')));
  try {
    await layer(folder, project.files);
    for (const edits of layers) if (typeof edits === 'object') await layer(folder, edits);
    await setUp(folder, project, tools);
    for (const command of layers) {
      if (typeof command === 'string') {
        expect(await shell(command, folder, tools)).toMatchObject({ exitCode: 0 });
      }
    }
    return await shell(project.check, folder, tools);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function colour({ exitCode }: CommandEnd): 'green' | 'red' | 'cut off' {
  if (exitCode === null) return 'cut off';
  return exitCode === 0 ? 'green' : 'red';
}
