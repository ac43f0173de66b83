import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_BUNDLE } from '../support/workflow-environment.js';
import { scenarios } from './scenarios.js';

const FOLDER = fileURLToPath(new URL('histories', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF' } },
  });
});

function* histories(names: readonly string[]): Generator<{ workflowId: string; history: unknown }> {
  for (const name of names) {
    const workflowId = name.replace(/\.json$/, '').replaceAll('__', '/');
    yield { workflowId, history: JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) };
  }
}

/** Replays the files with a bundle; gives the error of each by file, undefined where it replayed. */
async function replay(
  names: readonly string[],
  workflowBundle: { codePath: string } | { code: string },
): Promise<Map<string, Error | undefined>> {
  const outcomes = new Map<string, Error | undefined>();
  const source = histories(names) as unknown as ReplayHistoriesIterable;
  for await (const result of Worker.runReplayHistories({ workflowBundle }, source)) {
    outcomes.set(result.workflowId, result.error);
  }
  return outcomes;
}

describe('recorded histories', () => {
  it('exist for every scenario', () => {
    for (const name of Object.keys(scenarios)) expect(files).toContain(`${name}.json`);
    expect(files.length).toBeGreaterThan(Object.keys(scenarios).length);
  });

  it('replay with the present workflows', async () => {
    const outcomes = await replay(files, { codePath: WORKFLOW_BUNDLE });
    expect(outcomes.size).toBe(files.length);
    expect([...outcomes].filter(([, error]) => error !== undefined)).toEqual([]);
  });

  it('do not replay with workflows that decide otherwise (negative control)', async () => {
    const code = readFileSync(WORKFLOW_BUNDLE, 'utf8');
    const changed = code
      .replaceAll("run('beginStory',", "run('prepareRun',")
      .replaceAll("once('callModel',", "once('compactConversation',");
    expect(changed).not.toBe(code);
    const names = files.filter((name) => /__US-001__1\.json$|^agent-/.test(name));
    const outcomes = await replay(names, { code: changed });
    expect(outcomes.size).toBe(names.length);
    for (const error of outcomes.values()) expect(error).toBeInstanceOf(DeterminismViolationError);
  });
});
