import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findExecutable } from '../process/find-executable.js';
import { runProcess } from '../process/run-process.js';
import type { RootChain } from './root-chain.js';
import type { Sandbox } from './sandbox.js';
import { wrapCommand } from './wrap-command.js';

const PROBE_TIMEOUT_MS = 10_000;
/** Empty folders that every system has and that no project lies in. */
const STAGES = ['/mnt', '/media', '/srv', '/opt'];
/** What the umask of a root engine must leave readable, or commands could not read what it writes. */
const NEEDED_BITS = 0o055;

/** The programs for a user id of the commands' own, tried out; else why that does not work here. */
export async function findChain(sandbox: Sandbox): Promise<RootChain | string> {
  const programs = ['unshare', 'nsenter', 'find', 'chown', 'mount'].map(
    (name) => [name, findExecutable(name)] as const,
  );
  const missing = programs.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) return `${missing.join(', ')} is not on PATH`;
  if ((process.umask() & NEEDED_BITS) !== 0)
    return 'the umask hides what the engine writes from other users';
  const stages = STAGES.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  if (stages.length === 0) return `none of ${STAGES.join(', ')} exists`;
  const [unshare = '', nsenter = ''] = programs.map(([, path]) => path);
  const chain: RootChain = { unshare, nsenter, stages };
  return (await tryChain({ ...sandbox, chain })) ?? chain;
}

/** Why a command cannot be run so; undefined when it can. */
async function tryChain(sandbox: Sandbox): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'codetether-probe-'));
  const root = join(folder, 'state', 'root');
  try {
    mkdirSync(root, { recursive: true });
    const wrapped = await wrapCommand(sandbox, {
      argv: ['sh', '-c', 'id -u'],
      root,
      cwd: root,
      home: join(folder, 'state', 'home'),
      masked: [folder],
      network: 'none',
    });
    const result = await runProcess({
      ...wrapped,
      timeoutMs: PROBE_TIMEOUT_MS,
      maxOutputBytes: 1000,
    });
    const output = result.output.head.trim();
    return result.exitCode === 0 && output !== '0' ? undefined : output || 'it does not start';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
