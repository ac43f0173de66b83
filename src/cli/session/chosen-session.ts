import type { SessionRecord } from '../../runs/index.js';
import type { CommandContext } from '../context.js';

/** The session that is named, or the latest one of the place where the command runs. Throws `ERR_SESSION_UNKNOWN`. */
export async function chosenSession(
  { config }: CommandContext,
  id: string | undefined,
): Promise<SessionRecord> {
  const { findSession, latestSession, sessionPlace } = await import('../../runs/index.js');
  if (id !== undefined) return findSession(config, id);
  return latestSession(config, await sessionPlace(process.cwd()));
}
