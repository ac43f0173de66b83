import { NO_BUDGET } from '../../src/domain/run/budget.js';
import { type RalphOptions } from '../../src/domain/run/ralph-run.js';
import { type Story } from '../../src/domain/run/story.js';

/** A story with defaults for everything that a test does not care about. */
export function story(id: string, fields: Partial<Story> = {}): Story {
  return {
    id,
    title: `Title of ${id}`,
    description: '',
    acceptanceCriteria: [],
    priority: 1,
    dependsOn: [],
    complexity: 2,
    passes: false,
    verificationSteps: [],
    ...fields,
  };
}

/** Options of a run that most tests do not care about. */
export const RUN_LIMITS = {
  parallel: 1,
  allowRedBaseline: false,
  noChecks: false,
  budget: NO_BUDGET,
  until: null,
  waitLimitMs: 3_600_000,
} satisfies Partial<RalphOptions>;
