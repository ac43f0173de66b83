import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Check, Evidence } from '../../domain/index.js';
import {
  runProcess,
  wrapCommand,
  type OutputWindow,
  type WorkspaceFolders,
} from '../../platform/index.js';
import type { RalphWork } from './dependencies.js';

const OUTPUT_LIMIT = 512 * 1024;

/** One check on one tree that lies ready in the proof lane. */
export interface CheckRequest {
  readonly check: Check;
  readonly tree: string;
  readonly definitions: Evidence['definitions'];
  readonly proofLane: WorkspaceFolders;
}

/** Runs one check in the sandbox, niced and without network but for its own loopback, and says what the engine saw. */
export async function runCheck(work: RalphWork, request: CheckRequest): Promise<Evidence> {
  const { check, proofLane } = request;
  const { sandbox, home, blobs } = work.dependencies;
  const wrapped = wrapCommand(sandbox, {
    argv: ['nice', '-n', '5', 'bash', '-c', check.command],
    root: proofLane.root,
    cwd: join(proofLane.root, proofLane.workdir),
    home: join(proofLane.state, 'home'),
    masked: [home],
    readable: [join(proofLane.gitDir, 'objects')],
    network: 'none',
    extraEnv: { CI: 'true' },
  });
  work.heartbeat.progress({ check: check.name });
  const result = await runProcess({
    ...wrapped,
    timeoutMs: check.timeoutMs,
    signal: work.signal,
    maxOutputBytes: OUTPUT_LIMIT,
  });
  work.signal.throwIfAborted();
  return {
    check: check.name,
    command: check.command,
    exitCode: result.outcome === 'exited' ? result.exitCode : null,
    isTimedOut: result.outcome === 'timed-out',
    tree: request.tree,
    definitions: request.definitions,
    output: await blobs.put(outputText(result.output)),
    durationMs: Math.round(result.durationMs),
    sandbox: sandbox.level,
  };
}

/** The kept output as text without terminal colours; the gap is named. */
export function outputText(output: OutputWindow): string {
  const gap = output.omittedBytes > 0 ? `\n… ${output.omittedBytes} bytes left out …\n` : '';
  return stripVTControlCharacters(`${output.head}${gap}${output.tail}`);
}
