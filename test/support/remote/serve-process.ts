import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../../src/config/light/environment.js';
import type { RalphProject } from '../ralph-project.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/codetether.js', import.meta.url));

/** `codetether serve` in a process of its own. */
export interface ServeProcess {
  readonly process: ChildProcess;
  readonly url: string;
  readonly port: number;
}

/** Starts the command, and waits until it has said that it is ready. Port 0 = any that is free. */
export async function startServe(
  { config, home, root }: RalphProject,
  port = 0,
): Promise<ServeProcess> {
  const args = [PROGRAM, '--config', config, 'serve', '-p', String(port), '--json'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...processEnvironment(), CODETETHER_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const ready = JSON.parse(line) as { ready: boolean; url: string; port: number };
  if (!ready.ready) throw new Error(`it is not ready: ${line}`);
  return { process: child, url: ready.url, port: ready.port };
}

/** Ends it with the signal; gives its exit code, null when the signal ended it. */
export async function endServe(
  served: ServeProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const gone = once(served.process, 'exit');
  served.process.kill(signal);
  return ((await gone) as [number | null])[0];
}

/** Numbers and texts of the events of one connection to a task's stream, behind a cursor. */
export async function* taskEvents(
  url: string,
  taskId: string,
  { cursor, signal }: { readonly cursor: number; readonly signal?: AbortSignal },
): AsyncGenerator<{ readonly seq: number; readonly data: string }> {
  const response = await fetch(`${url}/a2a/v1/tasks/${taskId}:subscribe`, {
    headers: { 'A2A-Version': '1.0', 'Last-Event-ID': String(cursor) },
    ...(signal === undefined ? {} : { signal }),
  });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const seq = /^id: (\d+)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (seq !== undefined && data !== undefined) yield { seq: Number(seq), data };
    }
  }
}
