import { spawn, type ChildProcess } from 'node:child_process';
import { Writable } from 'node:stream';
import { InfrastructureError } from '../../domain/index.js';
import type { Containment } from './containment.js';
import type { Environment } from './host-environment.js';

/** What a child is started from. */
export interface ChildRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Environment;
  /** Default `group`. */
  readonly containment?: Containment;
  /** What the program reads from file descriptor 3, to its end; not with `lifeline`. */
  readonly descriptor3?: Uint8Array;
}

/**
 * Starts a child that leads a group of its own, with pipes for its input and output, and for what its wrapper reads from file descriptor
 * 3: a pipe of its own for each start, because what reads a filter reads to the end, so that a file could not be shared.
 */
export function startChild(
  { command, args, cwd, env, containment, descriptor3 }: ChildRequest,
  errors: 'pipe' | 'ignore',
): ChildProcess {
  const hasDescriptor3 = containment === 'lifeline' || descriptor3 !== undefined;
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', errors, hasDescriptor3 ? 'pipe' : 'ignore'],
  });
  const stream = child.stdio[3];
  if (stream instanceof Writable) {
    stream.on('error', () => undefined);
    if (descriptor3 !== undefined) stream.end(descriptor3);
  }
  return child;
}

/** Why a program did not start. */
export function startFailure(
  { command, cwd }: Pick<ChildRequest, 'command' | 'cwd'>,
  cause: Error,
): InfrastructureError {
  return new InfrastructureError('ERR_PROCESS_START', {
    message: `cannot start ${command}: ${cause.message}`,
    hint: 'install the program or correct PATH; codetether doctor shows what was found',
    where: { file: cwd },
    isRetryable: false,
    cause,
  });
}
