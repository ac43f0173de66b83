import { bindSteps, type Activities } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';
import { beginPromptStep } from './begin-prompt.js';
import { openSessionStep } from './open-session.js';
import { rewindFilesStep } from './rewind-files.js';

const steps = {
  openSession: openSessionStep,
  beginPrompt: beginPromptStep,
  rewindFiles: rewindFilesStep,
};

/** What a session does outside of its agents: its record, its lane, files that come back. */
export type SessionActivities = Activities<typeof steps>;

/** The session activities over one home. */
export function createSessionActivities(dependencies: RalphDependencies): SessionActivities {
  return bindSteps(dependencies, steps);
}
