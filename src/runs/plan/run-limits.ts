import type { Config } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import {
  InvalidInputError,
  parseDuration,
  parseMoment,
  type QuestionRules,
  type RalphOptions,
  type SubAgentLimits,
  type LimitRule,
  type OnLimit,
} from '../../domain/index.js';

/** What the command line says about the limits of a run; absent = none, or the default. */
export interface LimitFlags {
  /** Stories worked on at once. */
  readonly parallel?: number | undefined;
  /** US dollars. */
  readonly budgetUsd?: number | undefined;
  readonly budgetTokens?: number | undefined;
  readonly maxCalls?: number | undefined;
  /** Time of day, duration or ISO 8601. */
  readonly until?: string | undefined;
  /** Longest wait for something that does not answer, for example `12h`. */
  readonly maxWait?: string | undefined;
  /** What happens at a limit of a provider. */
  readonly onLimit?: OnLimit | undefined;
  /** `--no-resume-after`: time of day, duration or ISO 8601 behind which nothing is tried again by itself; true = never. */
  readonly resumeAfter?: string | boolean | undefined;
}

/** The limits of a run. Throws `ERR_LIMIT_INVALID` (exit 2) for a moment or a duration that cannot be read or is over. */
export function planLimits(
  flags: LimitFlags,
  now: Date,
): Pick<RalphOptions, 'parallel' | 'budget' | 'until' | 'waitLimitMs' | 'limitRule'> {
  const { budgetUsd, budgetTokens, maxCalls } = flags;
  return {
    parallel: flags.parallel ?? DEFAULTS.parallel,
    budget: {
      costMicroUsd: budgetUsd === undefined ? null : Math.round(budgetUsd * 1_000_000),
      tokens: budgetTokens ?? null,
      calls: maxCalls ?? null,
    },
    until: flags.until === undefined ? null : planMoment(flags.until, now),
    waitLimitMs:
      flags.maxWait === undefined
        ? DEFAULTS.waitLimitHours * 3_600_000
        : planDuration(flags.maxWait),
    ...limitRuleOf(flags, now),
  };
}

function limitRuleOf(
  { onLimit, resumeAfter }: LimitFlags,
  now: Date,
): Pick<RalphOptions, 'limitRule'> {
  const when = typeof resumeAfter === 'string' ? resumeAfter : null;
  if (onLimit === undefined && when === null) return {};
  const last = when === null ? null : planMoment(when, now, '--no-resume-after');
  return { limitRule: { onLimit: onLimit ?? 'wait', noResumeAfter: last } };
}

/** Of a run that goes on, what is said anew, else what was said before; the moment of another night is none. Pure. */
export function limitRuleAgain(
  asked?: LimitRule,
  before?: LimitRule,
): Pick<RalphOptions, 'limitRule'> {
  const rule = asked ?? (before === undefined ? undefined : { ...before, noResumeAfter: null });
  return rule === undefined ? {} : { limitRule: rule };
}

/** How far the agents of a run may hand work on: as configured when it starts. */
export function planSubAgents({ subAgents }: Pick<Config, 'subAgents'>): SubAgentLimits {
  return {
    depth: subAgents.maxDepth ?? DEFAULTS.taskDepth,
    count: subAgents.maxCount ?? DEFAULTS.maxTasks,
    recalls: DEFAULTS.maxRecalls,
  };
}

/** What becomes of questions of a run's agents. Throws `ERR_LIMIT_INVALID`. */
export function planQuestions(
  flags: {
    readonly unattended?: 'park' | 'deny' | undefined;
    readonly questionWait?: string | undefined;
  },
  { questions }: Pick<Config, 'questions'>,
): QuestionRules {
  const field = flags.questionWait === undefined ? 'questions.wait' : '--question-wait';
  const wait = flags.questionWait ?? questions.wait;
  return {
    waitMs: wait === null ? DEFAULTS.questionWaitMinutes * 60_000 : planDuration(wait, field),
    unattended: flags.unattended ?? questions.unattended ?? DEFAULTS.unattended,
  };
}

/** ISO 8601 of a moment in the future. Throws `ERR_LIMIT_INVALID`. */
export function planMoment(text: string, now: Date, field = '--until'): string {
  const moment = parseMoment(text, now);
  if (moment === undefined) {
    throw invalidLimit(field, `"${text}" is no moment`, '07:00, 8h or 2026-12-01T07:00:00Z');
  }
  if (moment.getTime() <= now.getTime())
    throw invalidLimit(field, `${text} is over already`, '07:00, 8h or 2026-12-01T07:00:00Z');
  return moment.toISOString();
}

function planDuration(text: string, field = '--max-wait'): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw invalidLimit(field, `"${text}" is no duration`, '30m or 12h');
  return duration;
}

function invalidLimit(field: string, message: string, examples: string): InvalidInputError {
  return new InvalidInputError('ERR_LIMIT_INVALID', {
    message,
    where: { field },
    hint: `for example ${field} ${examples}`,
  });
}
