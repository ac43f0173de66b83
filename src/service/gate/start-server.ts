import { createServer } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import { processEnvironment } from '../../config/light/index.js';
import {
  type SupervisedChild,
  type ServiceFiles,
  type TemporalLaunch,
  gateFiles,
  type Isolation,
} from '../../host/light/index.js';
import { gateCommand } from './gate-config.js';

const REPORT_MS = 10_000;
/**
 * How far the server's heap may grow before it is collected: half of what lives instead of as much again. It takes a sixth of
 * its memory at no measurable cost; a limit near the live heap would cost as much as the work (facts: temporal2.md section 2).
 */
const GARBAGE_PERCENT = '50';
/** Tells an open server from a closed one, so that a newer version does not go on with an open one. */
export function serverDigest(isolation: Isolation | undefined): string {
  return isolation === undefined || isolation === 'none' ? '' : 'gate';
}

/** Starts the embedded server, behind its gate where the launch says so. A server that cannot be started counts as one that ended at once. */
export async function startServer(
  child: SupervisedChild,
  start: { readonly wanted: TemporalLaunch; readonly home: string; readonly files: ServiceFiles },
): Promise<void> {
  const { wanted, home, files } = start;
  const isolation = wanted.isolation ?? 'none';
  const common = {
    environment: { GOGC: processEnvironment()['GOGC'] ?? GARBAGE_PERCENT },
    log: files.logs.temporal,
    port: wanted.port,
    digest: serverDigest(isolation),
  };
  if (isolation === 'none') {
    const args = [...wanted.args, '--port', String(wanted.port)];
    child.start({ ...common, program: wanted.program, args });
    return;
  }
  const listener = await openListener(wanted.port);
  const [program = '', ...args] = gateCommand({
    isolation,
    files: gateFiles(home),
    program: wanted.program,
    args: wanted.args,
    searchPath: processEnvironment()['PATH'] ?? '',
  });
  const inherit = listener === null ? [] : [listener.fd];
  const started = child.start({ ...common, program, args, inherit, reportsPid: true });
  listener?.close();
  const pid = await reportedPid(started);
  if (pid !== undefined) child.become(pid);
}

/** The pid that a gate names; undefined when it ended before. */
function reportedPid(child: ChildProcess): Promise<number | undefined> {
  const pipe = child.stdio.at(-1);
  return new Promise((resolve) => {
    const end = (pid?: number): void => {
      clearTimeout(timer);
      resolve(pid);
    };
    const timer = setTimeout(end, REPORT_MS);
    child.once('error', () => end());
    child.once('exit', () => end());
    if (pipe === null || pipe === undefined || !('setEncoding' in pipe)) return end();
    pipe.setEncoding('utf8');
    pipe.once('data', (text: string) => end(Number.parseInt(text, 10) || undefined));
    pipe.once('error', () => end());
  });
}

/** A listening socket of the loopback interface that another process can inherit. */
export interface Listener {
  readonly fd: number;
  /** Closes this process's copy. */
  close(): void;
}

/** Listens on a port of 127.0.0.1; null when somebody else does already. */
export function openListener(port: number): Promise<Listener | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      // Node has no public name for the descriptor of a server; without one nothing can be inherited
      const handle: unknown = Reflect.get(server, '_handle');
      const fd: unknown =
        typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1;
      if (typeof fd === 'number' && fd >= 0) resolve({ fd, close: () => server.close() });
      else server.close(() => resolve(null));
    });
  });
}
