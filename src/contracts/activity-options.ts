/** Options of one kind of activity; durations in milliseconds. The one table of time limits and retries (design.md section 9). */
export interface ActivityPolicy {
  readonly startToCloseTimeout: number;
  readonly scheduleToCloseTimeout: number;
  /** How long it may wait for a slot. Default: as long as it may take altogether. */
  readonly scheduleToStartTimeout?: number;
  /** Absent for local activities, which cannot send heartbeats. */
  readonly heartbeatTimeout?: number;
  readonly retry: {
    readonly initialInterval: number;
    readonly backoffCoefficient: number;
    readonly maximumInterval: number;
    readonly maximumAttempts: number;
  };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * `maximumAttempts` is always set, because an oversize result would retry for ever (facts: temporal.md section 5). It is
 * generous: a killed worker uses one, and a night may hold many.
 */
export const ACTIVITY_POLICIES = {
  /**
   * A model call: the whole reply within 15 minutes, silence noticed by the activity itself. Six tries take half a
   * minute; what lasts longer is a timer of the workflow, which holds no slot and shows as waiting.
   */
  model: {
    startToCloseTimeout: 15 * MINUTE,
    scheduleToCloseTimeout: 2 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: SECOND,
      backoffCoefficient: 2,
      maximumInterval: MINUTE,
      maximumAttempts: 6,
    },
  },
  /** One word of a model, for a person who waits: no second try. */
  probe: {
    startToCloseTimeout: 2 * MINUTE,
    scheduleToCloseTimeout: 2 * MINUTE,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: SECOND,
      backoffCoefficient: 2,
      maximumInterval: SECOND,
      maximumAttempts: 1,
    },
  },
  /** A tool under a second, run as local activity. */
  localTool: {
    startToCloseTimeout: 30 * SECOND,
    scheduleToCloseTimeout: 5 * MINUTE,
    retry: {
      initialInterval: 100,
      backoffCoefficient: 2,
      maximumInterval: 5 * SECOND,
      maximumAttempts: 20,
    },
  },
  /**
   * The first second of a tool that may run for long, as local activity. One try that waits for no slot: what fails or does not
   * get to start is done by the normal activity.
   */
  quickTool: {
    startToCloseTimeout: 10 * SECOND,
    scheduleToStartTimeout: 2 * SECOND,
    scheduleToCloseTimeout: 12 * SECOND,
    retry: {
      initialInterval: SECOND,
      backoffCoefficient: 1,
      maximumInterval: SECOND,
      maximumAttempts: 1,
    },
  },
  /** A lane that is laid out without set-up, run as local activity of the agent that works there. */
  localLane: {
    startToCloseTimeout: 10 * MINUTE,
    scheduleToCloseTimeout: 4 * HOUR,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 5 * SECOND,
      maximumAttempts: 20,
    },
  },
  /** A tool that may run for long; its own time limit is added to `startToCloseTimeout`. */
  tool: {
    startToCloseTimeout: 2 * MINUTE,
    scheduleToCloseTimeout: 24 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 10 * SECOND,
      maximumAttempts: 100,
    },
  },
  /** Git and file work of the engine on workspaces. */
  workspace: {
    startToCloseTimeout: 10 * MINUTE,
    scheduleToCloseTimeout: 4 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 30 * SECOND,
      maximumAttempts: 100,
    },
  },
  /** Checks; their own time limits are added to `startToCloseTimeout`. */
  checks: {
    startToCloseTimeout: 5 * MINUTE,
    scheduleToCloseTimeout: 48 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 30 * SECOND,
      maximumAttempts: 100,
    },
  },
  /** Waiting for a child of an execution before a reset: as long as its work takes. */
  child: {
    startToCloseTimeout: 30 * 24 * HOUR,
    scheduleToCloseTimeout: 30 * 24 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 30 * SECOND,
      maximumAttempts: 10_000,
    },
  },
  /** Small writes of the engine (run record, events), run as local activity. */
  record: {
    startToCloseTimeout: 30 * SECOND,
    scheduleToCloseTimeout: 30 * MINUTE,
    retry: {
      initialInterval: 200,
      backoffCoefficient: 2,
      maximumInterval: 30 * SECOND,
      maximumAttempts: 100,
    },
  },
} as const satisfies Record<string, ActivityPolicy>;

/** Time limit of a bash call that names none, in milliseconds. */
export const DEFAULT_BASH_TIMEOUT_MS = 2 * MINUTE;

/** A workflow task that a killed worker held is given to another worker after this time (facts: temporal.md section 6). */
export const WORKFLOW_TASK_TIMEOUT_MS = 3 * SECOND;
