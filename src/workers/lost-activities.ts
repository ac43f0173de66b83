/** An activity attempt that Temporal believes to be running. */
export interface RunningAttempt {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
  /** Identity of the worker that took it: `PID@HOST_ID`. */
  readonly worker: string;
}

/** Dependencies of {@link failLostActivities}. */
export interface FailLostActivitiesOptions {
  /** Attempts that are running, of all open workflows. */
  readonly attempts: AsyncIterable<RunningAttempt>;
  /** Id of this host; attempts of other hosts are theirs. */
  readonly hostId: string;
  /** Pid of this process. */
  readonly ownPid: number;
  readonly isAlive: (pid: number) => boolean;
  /** Ends an attempt so that it is tried again at once. */
  readonly fail: (attempt: RunningAttempt) => Promise<void>;
}

/**
 * Ends the attempts that a dead worker of this host had been given but not yet written down: the server counts them as
 * started from the moment it hands them over, and would wait for a heartbeat that cannot come. Returns how many.
 */
export async function failLostActivities(options: FailLostActivitiesOptions): Promise<number> {
  let count = 0;
  for await (const attempt of options.attempts) {
    const pid = pidOf(attempt.worker, options.hostId);
    if (pid === undefined || pid === options.ownPid || options.isAlive(pid)) continue;
    await options.fail(attempt);
    count += 1;
  }
  return count;
}

function pidOf(identity: string, hostId: string): number | undefined {
  const at = identity.indexOf('@');
  const pid = Number(identity.slice(0, at));
  return at > 0 && identity.slice(at + 1) === hostId && Number.isInteger(pid) ? pid : undefined;
}
