import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  formatBytes,
  InfrastructureError,
  looksLikeFullDisk,
  networkCause,
  type EgressTraffic,
  type SetupFailure,
  type SetupStep,
  type WorkspaceSetup,
} from '../../../domain/index.js';
import {
  explainLimit,
  freeBytes,
  hostEnvironment,
  resolveInside,
  runProcess,
  wrapCommand,
  type ProcessResult,
  type WorkspaceFolders,
  type WrappedCommand,
} from '../../../platform/index.js';
import type { RalphWork } from '../dependencies.js';
import { outputText } from '../../proof/run-check.js';
import { setupVariables } from './package-caches.js';
import type { SetupPackages } from './setup-packages.js';
import { openWay, type SetupWay } from './setup-way.js';

const OUTPUT_LIMIT = 512 * 1024;
const TAIL_LIMIT = 4 * 1024;
/** Pauses before a step is run again whose network failed. */
const NETWORK_PAUSES_MS: readonly number[] = [2_000, 8_000];
/** How often the free space is looked at while a step runs. */
const DISK_WATCH_MS = 1_000;
/** Below this nothing starts; the service's own floor is higher, and a run may have used some of it since. */
const START_FLOOR = 1024 ** 3;
/** Below this a running step is stopped, before the database of the service has no room left. */
const STOP_FLOOR = START_FLOOR / 4;

/** How a step ended. */
export interface StepEnd {
  /** Absent when it succeeded. */
  readonly failure: SetupFailure | undefined;
  /** Where it went; null = it did not go through the egress proxy. */
  readonly traffic: readonly EgressTraffic[] | null;
}

/** A step in a lane. */
export interface StepInLane {
  readonly lane: WorkspaceFolders;
  readonly setup: WorkspaceSetup;
  readonly step: SetupStep;
  readonly packages: SetupPackages;
}

/**
 * Runs one set-up command: in the sandbox, niced, with network, its packages writable. Runs it again a few times when the
 * network failed; all runs share the step's time limit. Throws InfrastructureError
 * `ERR_DISK_FULL` (not retried) when the disk is or gets full.
 */
export async function runSetupStep(work: RalphWork, request: StepInLane): Promise<StepEnd> {
  const deadline = Date.now() + request.step.timeoutMs;
  const pauses = work.dependencies.setupPausesMs ?? NETWORK_PAUSES_MS;
  for (let round = 0; ; round += 1) {
    const end = await runOnce(work, request, Math.max(1, deadline - Date.now()));
    const wait = pauses[round];
    if (end.failure?.isNetwork !== true || wait === undefined || Date.now() + wait >= deadline)
      return end;
    await pause(wait, undefined, { signal: work.signal });
  }
}

async function runOnce(work: RalphWork, request: StepInLane, timeoutMs: number): Promise<StepEnd> {
  const { lane, step } = request;
  const cwd = await findFolder(lane, step.folder);
  if (cwd === undefined) {
    const failure = failureOf(step, `${step.folder} is no folder in these files`);
    return { failure, traffic: null };
  }
  const disk = await watchDisk(work);
  work.heartbeat.progress({ setup: step.name });
  const way = await openWay(work, request);
  try {
    const wrapped = await wrapStep(work, request, { cwd, way });
    const result = await runProcess({
      ...wrapped,
      timeoutMs,
      signal: AbortSignal.any([work.signal, disk.signal]),
      maxOutputBytes: OUTPUT_LIMIT,
    });
    work.signal.throwIfAborted();
    const traffic = way.egress?.traffic() ?? null;
    return { failure: await judge(work, step, { result, traffic }), traffic };
  } finally {
    disk.stop();
    await way.egress?.close();
  }
}

async function wrapStep(
  work: RalphWork,
  { lane, setup, step, packages }: StepInLane,
  { cwd, way }: { readonly cwd: string; readonly way: SetupWay },
): Promise<WrappedCommand> {
  const { home, sandbox } = work.dependencies;
  const variables = { ...(await setupVariables(packages.folder)), ...searchPath(cwd) };
  const shown = setup.extraDirs.filter((folder) => existsSync(folder));
  const argv = ['nice', '-n', '5', 'bash', '-c', step.command] as const;
  return wrapCommand(sandbox, {
    argv: way.egress?.wrap([...argv]) ?? argv,
    root: lane.root,
    cwd,
    owner: lane.gitDir,
    home: join(lane.state, 'home'),
    masked: [home],
    readable: [join(lane.gitDir, 'objects'), ...shown],
    writable: [packages.folder, ...setup.share.filter((folder) => existsSync(folder))],
    ...(packages.view === undefined ? {} : { views: [packages.view] }),
    network: way.access,
    ...(way.egress === undefined ? {} : { egress: way.egress.entrance }),
    extraEnv: { ...variables, ...setup.network?.variables, ...way.egress?.variables },
  });
}

async function judge(
  work: RalphWork,
  step: SetupStep,
  {
    result,
    traffic,
  }: { readonly result: ProcessResult; readonly traffic: readonly EgressTraffic[] | null },
): Promise<SetupFailure | undefined> {
  const isTimedOut = result.outcome === 'timed-out';
  if (result.outcome === 'exited' && result.exitCode === 0) return undefined;
  const output = outputText(result.output).slice(-TAIL_LIMIT);
  const { exitCode, stoppedBy } = result;
  const limit = explainLimit({ exitCode, stoppedBy, tail: output });
  const tail = limit === undefined ? output : `${output.trimEnd()}\n[${limit}]\n`;
  const isStopped = result.outcome === 'cancelled' || stoppedBy === 'disk';
  if (isStopped || looksLikeFullDisk(tail)) {
    const free = await freeBytes(work.dependencies.home);
    throw diskFull(work, `set-up command \`${step.command}\` filled it`, free);
  }
  return {
    step,
    exitCode: result.outcome === 'exited' ? exitCode : null,
    isTimedOut,
    tail,
    ...networkPart(isTimedOut, output, traffic),
  };
}

/** Asking again does not change what is refused, or what goes past the proxy. */
function networkPart(
  isTimedOut: boolean,
  output: string,
  traffic: readonly EgressTraffic[] | null,
): Pick<SetupFailure, 'isNetwork' | 'refused' | 'isBypass'> {
  const refused = (traffic ?? []).filter(
    (entry) => entry.refusals > 0 && entry.reason !== 'no-address',
  );
  if (refused.length > 0) return { isNetwork: false, refused };
  const cause = isTimedOut ? 'none' : networkCause(output, traffic);
  return { isNetwork: cause === 'offline', ...(cause === 'bypass' ? { isBypass: true } : {}) };
}

function failureOf(step: SetupStep, reason: string): SetupFailure {
  return { step, exitCode: null, isTimedOut: false, isNetwork: false, tail: reason };
}

/** A virtual environment that an earlier step made is used by the later ones. */
function searchPath(cwd: string): Record<string, string> {
  const bin = join(cwd, '.venv', 'bin');
  if (!existsSync(bin)) return {};
  return {
    PATH: [bin, hostEnvironment()['PATH'] ?? ''].join(delimiter),
    VIRTUAL_ENV: join(cwd, '.venv'),
  };
}

async function findFolder(lane: WorkspaceFolders, folder: string): Promise<string | undefined> {
  const answer = await resolveInside({ root: lane.root, workdir: '.' }, folder, 'read');
  if (!answer.isInside) return undefined;
  const facts = await stat(answer.path.absolute).catch(() => undefined);
  return facts?.isDirectory() === true ? answer.path.absolute : undefined;
}

interface DiskWatch {
  readonly signal: AbortSignal;
  stop(): void;
}

async function watchDisk(work: RalphWork): Promise<DiskWatch> {
  const { home } = work.dependencies;
  const measure = work.dependencies.freeBytes ?? freeBytes;
  const free = await measure(home);
  if (free < START_FLOOR) throw diskFull(work, 'no set-up is started', free);
  const controller = new AbortController();
  const timer = setInterval(() => {
    void measure(home).then(
      (left) => {
        if (left < STOP_FLOOR) controller.abort();
      },
      () => undefined,
    );
  }, DISK_WATCH_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}

function diskFull(work: RalphWork, what: string, free: number): InfrastructureError {
  return new InfrastructureError('ERR_DISK_FULL', {
    message: `the disk is full: ${what}; ${formatBytes(free)} are free`,
    where: { file: work.dependencies.home },
    hint: 'free some space, then start the run again',
    isRetryable: false,
  });
}
