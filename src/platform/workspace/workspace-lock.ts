const tails = new Map<string, Promise<void>>();

/**
 * Runs `work` when every earlier writer of the same workspace in this process is done. Fair, in order of arrival.
 * A worker process is the only writer of its host's workspaces; git children of a dead one die with it.
 */
export async function withWorkspaceLock<Result>(
  state: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = tails.get(state) ?? Promise.resolve();
  const result = before.then(work);
  const tail = result.then(
    () => undefined,
    () => undefined,
  );
  tails.set(state, tail);
  try {
    return await result;
  } finally {
    if (tails.get(state) === tail) tails.delete(state);
  }
}
