import {
  describeSetupFailure,
  InfrastructureError,
  InvalidInputError,
  type EgressTraffic,
  type SetupFailure,
} from '../../../domain/index.js';

/** The set-up of a lane does not succeed on files that nobody has changed: nothing can be worked on or proven. */
export function setupFailed(failure: SetupFailure): InvalidInputError {
  const { step, exitCode, isTimedOut, isNetwork, tail, refused = [], isBypass = false } = failure;
  if (refused.length > 0) return egressRefused(failure, refused);
  return new InvalidInputError('ERR_SETUP_FAILED', {
    message: `${describeSetupFailure(failure)}. End of its output:\n${tail.trimEnd()}`,
    where: { file: step.folder, field: 'workspace.setup' },
    hint: isBypass
      ? 'set-up reaches the network by the proxy in HTTPS_PROXY alone, and its own loopback; for a program that ignores the proxy run with --setup-network open'
      : isTimedOut
        ? 'raise [workspace] setup_timeout_s, or name a faster command with --setup'
        : 'run the command in a fresh clone; name other commands with --setup CMD or [workspace] setup, or leave it out with --no-setup',
    data: { command: step.command, folder: step.folder, exitCode, isTimedOut, isNetwork },
  });
}

/** The egress proxy kept set-up from hosts that it asked for. */
function egressRefused(
  failure: SetupFailure,
  refused: readonly EgressTraffic[],
): InvalidInputError {
  const { step, tail } = failure;
  const names = refused.map(({ host, port }) => (port === 443 ? host : `${host}:${port}`));
  const isPrivate = refused.some(({ reason }) => reason === 'private-address');
  const key = isPrivate ? 'allow_private' : 'allow';
  return new InvalidInputError('ERR_EGRESS_REFUSED', {
    message: `${describeSetupFailure(failure)}. End of its output:\n${tail.trimEnd()}`,
    where: { file: step.folder, field: 'workspace.setup' },
    hint: `when you trust them: [egress] ${key} = ${JSON.stringify(names)} in your own configuration file; or run with --setup-network open`,
    data: { command: step.command, folder: step.folder, refused: names },
  });
}

/**
 * A network or a registry did not answer: nobody's fault. Not retried at once, because each try fetches everything again; the
 * workflow waits, and no attempt is used.
 */
export function setupOffline(failure: SetupFailure): InfrastructureError {
  const { step, tail } = failure;
  return new InfrastructureError('ERR_SETUP_OFFLINE', {
    message: `${describeSetupFailure(failure)}. End of its output:\n${tail.trimEnd()}`,
    where: { file: step.folder, field: 'workspace.setup' },
    hint: 'bring the network back; the run goes on by itself',
    isRetryable: false,
  });
}
