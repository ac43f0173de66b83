import { afterAll, beforeAll } from 'vitest';
import { RalphProject } from './ralph-project.js';
import { startScriptedModel, type Script, type ScriptedModel } from './scripted-model.js';

/** A project and the model behind it, shared by the tests of one file. */
export interface ScriptedProject {
  /** There before the first test. */
  readonly model: ScriptedModel;
  /** There before the first test. */
  readonly project: RalphProject;
}

/**
 * Starts model and project before the tests of the calling file and stops them afterwards; every answer takes `delayMs`. The model takes
 * `contextWindow` tokens; default: as many as any that nobody knows.
 */
export function useScriptedProject(
  script: Script,
  delayMs = 0,
  contextWindow?: number,
): ScriptedProject {
  let started: ScriptedProject | undefined;
  const running = (): ScriptedProject => {
    if (started === undefined) throw new Error('model and project start before the first test');
    return started;
  };
  beforeAll(async () => {
    const model = await startScriptedModel(script, delayMs);
    started = { model, project: new RalphProject(model.baseUrl, contextWindow) };
  });
  afterAll(async () => {
    await started?.project.close();
    await started?.model.stop();
  });
  return {
    get model() {
      return running().model;
    },
    get project() {
      return running().project;
    },
  };
}
