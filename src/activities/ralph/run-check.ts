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
import { findWorkdir } from './workdir.js';

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
  const cwd = await findWorkdir(proofLane);
  if (cwd === undefined) return withoutFolder(work, request);
  const wrapped = wrapCommand(sandbox, {
    argv: ['nice', '-n', '5', 'bash', '-c', check.command],
    root: proofLane.root,
    cwd,
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

/** Evidence of a check that has no folder to run in: the story put a file or a link in its place. */
async function withoutFolder(work: RalphWork, request: CheckRequest): Promise<Evidence> {
  const { check, proofLane, tree, definitions } = request;
  return {
    check: check.name,
    command: check.command,
    exitCode: null,
    isTimedOut: false,
    tree,
    definitions,
    output: await work.dependencies.blobs.put(
      `not run: checks run in ${proofLane.workdir}, which is no folder in these files`,
    ),
    durationMs: 0,
    sandbox: work.dependencies.sandbox.level,
  };
}

/** The kept output as text without terminal colours; the gap is named. */
export function outputText(output: OutputWindow): string {
  const gap = output.omittedBytes > 0 ? `\n… ${output.omittedBytes} bytes left out …\n` : '';
  return stripVTControlCharacters(`${output.head}${gap}${output.tail}`);
}
