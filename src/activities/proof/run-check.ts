import { stripVTControlCharacters } from 'node:util';
import { join } from 'node:path';
import { saysAbsent, type Check, type Evidence } from '../../domain/index.js';
import {
  explainLimit,
  readLaneEnvironment,
  runProcess,
  wrapCommand,
  type OutputWindow,
  type ProcessResult,
  type WorkspaceFolders,
} from '../../platform/index.js';
import type { AbsenceJudge } from './check-absence.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { findWorkdir } from '../workspace/workdir.js';

const OUTPUT_LIMIT = 512 * 1024;

/** What is proven: one tree that lies ready in the proof lane. */
export interface TreeUnderProof {
  readonly tree: string;
  readonly definitions: Evidence['definitions'];
  readonly proofLane: WorkspaceFolders;
}

/** A command of the engine's proof. */
export interface ProofCommand {
  readonly argv: readonly string[];
  /** Absolute, inside the proof lane. */
  readonly cwd: string;
  readonly timeoutMs: number;
  /** What the heartbeat shows. */
  readonly name: string;
  readonly extraEnv?: Readonly<Record<string, string>> | undefined;
}

/** One check on one tree. */
export interface CheckRequest extends TreeUnderProof {
  readonly check: Check;
  readonly absence: AbsenceJudge;
  /** Variables that the engine adds to what the project sets. */
  readonly extraEnv?: Readonly<Record<string, string>> | undefined;
  /** Program with options that starts the command. */
  readonly wrap?: readonly string[] | undefined;
}

/** Runs one check and says what the engine saw. */
export async function runCheck(work: RalphWork, request: CheckRequest): Promise<Evidence> {
  const { check, proofLane } = request;
  const { name, command, timeoutMs } = check;
  const about = { check: name, command };
  const cwd = await findWorkdir(proofLane);
  if (cwd === undefined) {
    const reason = `not run: checks run in ${proofLane.workdir}, which is no folder in these files`;
    return notRun(work, request, { ...about, reason });
  }
  const word = await request.absence.ask(command);
  if (word.is === 'absent') return absentUnrun(work, request, word.why);
  const { extraEnv, wrap = [] } = request;
  const argv = [...wrap, 'bash', '-c', command];
  const result = await runProofCommand(work, proofLane, { argv, cwd, timeoutMs, name, extraEnv });
  const evidence = await toEvidence(work, request, { ...about, result, remarks: [] });
  if (word.is === 'exists') return evidence;
  const { exitCode } = evidence;
  const why = saysAbsent(word.said, { exitCode, output: outputText(result.output) });
  return why === undefined ? evidence : withAbsence(evidence, request.absence, why);
}

/** The files say that there is nothing to run; what it would print could only deceive. */
async function absentUnrun(work: RalphWork, request: CheckRequest, why: string): Promise<Evidence> {
  const { name, command } = request.check;
  const reason = `not run: ${why}`;
  return withAbsence(
    await notRun(work, request, { check: name, command, reason }),
    request.absence,
    why,
  );
}

function withAbsence(evidence: Evidence, absence: AbsenceJudge, why: string): Evidence {
  return { ...evidence, absence: { kind: absence.kindOf(evidence.command), why } };
}

/** Runs a command in the sandbox, niced and without network but for its own loopback. */
export async function runProofCommand(
  work: RalphWork,
  proofLane: WorkspaceFolders,
  command: ProofCommand,
): Promise<ProcessResult> {
  const { sandbox, home } = work.dependencies;
  const { extraEnv, readable, views } = await readLaneEnvironment(proofLane);
  const wrapped = await wrapCommand(sandbox, {
    argv: ['nice', '-n', '5', ...command.argv],
    root: proofLane.root,
    cwd: command.cwd,
    owner: proofLane.gitDir,
    home: join(proofLane.state, 'home'),
    masked: [home],
    readable,
    views,
    network: 'none',
    extraEnv: { CI: 'true', ...extraEnv, ...command.extraEnv },
  });
  work.heartbeat.progress({ check: command.name });
  const result = await runProcess({
    ...wrapped,
    timeoutMs: command.timeoutMs,
    signal: work.signal,
    maxOutputBytes: OUTPUT_LIMIT,
  });
  work.signal.throwIfAborted();
  return result;
}

/** A command that has run, with what is said about it. */
export interface FinishedCommand {
  readonly check: string;
  readonly command: string;
  readonly kind?: Evidence['kind'];
  readonly result: ProcessResult;
  /** Expectations that do not hold although the command ended well; each fails it. */
  readonly remarks: readonly string[];
}

/** Evidence of a command that was run. */
export async function toEvidence(
  work: RalphWork,
  about: TreeUnderProof,
  { check, command, kind, result, remarks }: FinishedCommand,
): Promise<Evidence> {
  const exitCode = result.outcome === 'exited' ? result.exitCode : null;
  const output = outputText(result.output);
  const { stoppedBy } = result;
  const limit = explainLimit({ exitCode: result.exitCode, stoppedBy, tail: output });
  const said = limit === undefined ? remarks : [...remarks, `[${limit}]`];
  const text = [output, ...said.map((remark) => `${remark}\n`)].join('');
  const { caches } = await readLaneEnvironment(about.proofLane);
  return {
    check,
    ...(kind === undefined ? {} : { kind }),
    command,
    exitCode: exitCode === 0 && remarks.length > 0 ? 1 : exitCode,
    isTimedOut: result.outcome === 'timed-out',
    tree: about.tree,
    definitions: about.definitions,
    output: await work.dependencies.blobs.put(text),
    durationMs: Math.round(result.durationMs),
    sandbox: work.dependencies.sandbox.level,
    ...(caches.length === 0 ? {} : { caches: [...caches] }),
  };
}

/** Evidence of something that could not be run, for example because the story put a file in the place of its folder. */
export async function notRun(
  work: RalphWork,
  about: TreeUnderProof,
  facts: Pick<FinishedCommand, 'check' | 'command' | 'kind'> & { readonly reason: string },
): Promise<Evidence> {
  const { reason, ...named } = facts;
  return {
    ...named,
    exitCode: null,
    isTimedOut: false,
    tree: about.tree,
    definitions: about.definitions,
    output: await work.dependencies.blobs.put(reason),
    durationMs: 0,
    sandbox: work.dependencies.sandbox.level,
  };
}

/** The kept output as text without terminal colours; the gap is named. */
export function outputText(output: OutputWindow): string {
  const gap = output.omittedBytes > 0 ? `\n… ${output.omittedBytes} bytes left out …\n` : '';
  return stripVTControlCharacters(`${output.head}${gap}${output.tail}`);
}
