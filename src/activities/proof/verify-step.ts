import { posix } from 'node:path';
import {
  SERVER_GRACE_MS,
  STEP_TIMEOUT_MS,
  type Evidence,
  type VerificationRun,
} from '../../domain/index.js';
import { resolveInside, type OutputWindow, type WorkspaceFolders } from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import {
  notRun,
  outputText,
  runProofCommand,
  toEvidence,
  type ProofCommand,
  type TreeUnderProof,
} from './run-check.js';
import { findWorkdir } from '../workspace/workdir.js';

/** Patterns are expanded by bash without word splitting, so that names with spaces work; `**` crosses folders. */
const MATCH_PATTERNS = `shopt -s globstar nullglob dotglob
IFS=
code=0
for pattern in "$@"; do
  files=($pattern)
  if [ -e "\${files[0]:-}" ]; then printf '%s\\n' "\${files[0]}"; else echo "no file matches $pattern"; code=1; fi
done
exit "$code"`;

const SHELL_SCRIPT = `bash -c "$1" || exit "$?"
shift
${MATCH_PATTERNS}`;

const FILE_SCRIPT = `if [ -e "$1" ]; then echo "$1 exists"; else echo "there is no $1"; exit 1; fi`;

/** Starts the server, asks, and looks at the server's end if it has ended; the sandbox's end takes the server along. */
const URL_SCRIPT = `if [ -n "$1" ]; then bash -c "$1" & server=$!; fi
"$2" --input-type=module -e "$3" "$4" || exit "$?"
if [ -n "$1" ] && ! kill -0 "$server" 2>/dev/null; then
  wait "$server"
  code=$?
  if [ "$code" -ne 0 ]; then echo "the command before it ended with exit code $code"; exit 1; fi
fi
shift 4
${MATCH_PATTERNS}`;

/** Asks until the answer is as expected or the time is over; runs inside the sandbox, with the sandbox's loopback. */
const ASK_SCRIPT = `const step = JSON.parse(process.argv[1]);
const deadline = Date.now() + step.timeoutMs;
let last = 'no answer';
const ask = async () => {
  const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
  const answer = await fetch(step.url, { method: step.method, redirect: 'manual', signal });
  const body = await answer.text();
  const missing = step.expectBodyContains.filter((text) => !body.includes(text));
  last = 'answered ' + answer.status + ', expected ' + step.expectStatus;
  if (missing.length > 0) last += '; its body does not contain ' + missing.map((text) => JSON.stringify(text)).join(', ');
  return answer.status === step.expectStatus && missing.length === 0;
};
for (;;) {
  const isExpected = await ask().catch((error) => {
    // the time was over while it asked once more: what came before tells more
    if (error.name === 'TimeoutError' && last !== 'no answer') return false;
    last = error.cause?.code ?? error.cause?.message ?? error.message;
    return false;
  });
  if (isExpected) { console.log(step.method + ' ' + step.url + ' answered ' + step.expectStatus); process.exit(0); }
  if (Date.now() >= deadline) break;
  await new Promise((resolve) => setTimeout(resolve, 200));
}
console.log(step.method + ' ' + step.url + ': ' + last);
console.log('Only a server that the shell step before it starts can be reached: checks have no network.');
process.exit(1);`;

/** Runs one verification step of a story on the tree that lies in the proof lane, and says what the engine saw. */
export async function verifyStep(
  work: RalphWork,
  about: TreeUnderProof,
  run: VerificationRun,
): Promise<Evidence> {
  const named = { check: run.name, command: run.command, kind: 'verification' } as const;
  const cwd = await findFolder(about.proofLane, folderOf(run));
  if (cwd === undefined) {
    const reason = `not run: ${folderOf(run) ?? about.proofLane.workdir} is no folder in these files`;
    return notRun(work, about, { ...named, reason });
  }
  if (run.type === 'file_exists' && leadsOutside(about.proofLane, run.step.path)) {
    const reason = `not run: ${run.step.path} leads outside the repository`;
    return notRun(work, about, { ...named, reason });
  }
  const command: ProofCommand = { ...commandOf(run), cwd, name: run.name };
  const result = await runProofCommand(work, about.proofLane, command);
  return toEvidence(work, about, { ...named, result, remarks: missingTexts(run, result.output) });
}

function commandOf(run: VerificationRun): Pick<ProofCommand, 'argv' | 'timeoutMs'> {
  const bash = (script: string, ...args: readonly string[]): ProofCommand['argv'] => [
    'bash',
    '-c',
    script,
    'verify',
    ...args,
  ];
  switch (run.type) {
    case 'shell': {
      const { command, expectFilesGlob } = run.step;
      return { argv: bash(SHELL_SCRIPT, command, ...expectFilesGlob), timeoutMs: STEP_TIMEOUT_MS };
    }
    case 'file_exists':
      return {
        argv: bash(run.step.glob ? MATCH_PATTERNS : FILE_SCRIPT, run.step.path),
        timeoutMs: STEP_TIMEOUT_MS,
      };
    case 'url': {
      const { server, step } = run;
      const globs = server?.expectFilesGlob ?? [];
      const ask = [ASK_SCRIPT, JSON.stringify(step)];
      return {
        argv: bash(URL_SCRIPT, server?.command ?? '', process.execPath, ...ask, ...globs),
        timeoutMs: step.timeoutMs + SERVER_GRACE_MS,
      };
    }
  }
}

function missingTexts(run: VerificationRun, output: OutputWindow): string[] {
  const shell = run.type === 'shell' ? run.step : run.type === 'url' ? run.server : null;
  const text = outputText(output);
  const cut = output.omittedBytes > 0 ? ' (its middle was too long to keep)' : '';
  return (shell?.expectOutputContains ?? [])
    .filter((part) => !text.includes(part))
    .map((part) => `the output does not contain ${JSON.stringify(part)}${cut}`);
}

function folderOf(run: VerificationRun): string | undefined {
  if (run.type === 'shell') return run.step.cwd;
  return run.type === 'url' ? run.server?.cwd : undefined;
}

function leadsOutside({ workdir }: WorkspaceFolders, path: string): boolean {
  const inside = posix.normalize(posix.join(workdir, path));
  return posix.isAbsolute(path) || inside === '..' || inside.startsWith('../');
}

async function findFolder(
  lane: WorkspaceFolders,
  folder: string | undefined,
): Promise<string | undefined> {
  if (folder === undefined) return findWorkdir(lane);
  const answer = await resolveInside(lane, folder, 'read');
  if (!answer.isInside) return undefined;
  return findWorkdir({ ...lane, workdir: answer.path.relative });
}
