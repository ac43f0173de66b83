import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { createModelActivities } from '../../../../src/activities/model/model-activities.js';
import { createDraftActivities } from '../../../../src/activities/draft/draft-activities.js';
import { createRalphActivities } from '../../../../src/activities/ralph-activities.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import type { Providers } from '../../../../src/providers/registry.js';
import { ralphDependencies } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const RECORDED = fileURLToPath(new URL('../../../fixtures/journal', import.meta.url));

interface RecordedStep {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: unknown;
}

type Activity = (input: unknown) => Promise<unknown>;

/** Activities over a home that holds the recorded journal; whatever would do a step anew fails. */
async function activities(): Promise<Readonly<Record<string, Activity>>> {
  const home = await temporaryFolder();
  await cp(join(RECORDED, 'entries'), homePaths(home).journal, { recursive: true });
  const dependencies = await ralphDependencies(home);
  const providers: Providers = {
    names: [],
    resolve: () => {
      throw new Error('a settled step asked a model');
    },
  };
  const registry = {
    toolSchemas: () => {
      throw new Error('a settled step was done anew');
    },
    describeCall: () => {
      throw new Error('a settled step was done anew');
    },
    parseCall: () => {
      throw new Error('a settled step was done anew');
    },
  };
  return {
    ...createModelActivities({ ...dependencies, providers, registry }),
    ...createDraftActivities({ journal: dependencies.journal, providers }),
    ...createRalphActivities(dependencies),
  } as unknown as Readonly<Record<string, Activity>>;
}

const steps = JSON.parse(
  await readFile(join(RECORDED, 'steps.json'), 'utf8'),
) as readonly RecordedStep[];

/** What a later version may add to any input. */
const GROWN = { aFieldThatAnUpgradeAdded: { with: 'a default' } };

describe('a journal that an earlier version wrote', () => {
  it('holds a step of every kind', () => {
    expect(new Set(steps.map(({ name }) => name)).size).toBe(7);
  });

  it.each(steps.map((step) => [`${step.name} of step ${JSON.stringify(step.input['key'])}`, step]))(
    'answers %s',
    async (_title, { name, input, result }) => {
      const run = (await activities())[name];
      if (run === undefined) throw new Error(`no activity ${name}`);
      const answer = await new MockActivityEnvironment().run(() => run({ ...input, ...GROWN }));
      expect(answer).toEqual(result);
    },
  );
});
