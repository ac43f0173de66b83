import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, sourceFiles } from './source-files.js';

/** Loads built modules in a bare Node; gives what came with them, Node's own modules aside. */
function loadedBy(paths: readonly string[]): string[] {
  const hooks = `
    let port;
    export const initialize = (data) => { port = data.port; };
    export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };
  `;
  const program = `
    import { register } from 'node:module';
    import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
    const { port1, port2 } = new MessageChannel();
    const hooks = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)});
    register(hooks, { data: { port: port2 }, transferList: [port2] });
    for (const path of ${JSON.stringify(paths)}) await import(path);
    const seen = [];
    for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1)) seen.push(next.message);
    process.stdout.write(JSON.stringify(seen.filter((url) => url.startsWith('file:'))));
    process.exit(0);
  `;
  const answer = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return JSON.parse(answer) as string[];
}

const built = (path: string): string =>
  join(repository, path.replace(/^src/, 'dist').replace(/\.ts$/, '.js'));

describe('light files', () => {
  const doors = sourceFiles('src')
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/light/index.ts'));
  // the entry files of processes would start them; what they are made of is loaded instead
  const parts = ['src/service/supervisor/supervisor.ts', 'src/service/gate/gate-config.ts'];

  it('load themselves and other light files only', () => {
    expect(doors.length).toBeGreaterThan(3);
    const loaded = loadedBy([...doors, ...parts].map(built));
    expect(loaded.length).toBeGreaterThan(doors.length);
    const light = /\/dist\/(?:[^/]+\/light|service\/supervisor|service\/gate)\/[^/]+\.js$/;
    expect(loaded.filter((url) => !light.test(url))).toEqual([]);
  });

  it('differ from a room’s own door, which loads packages', () => {
    expect(loadedBy([built('src/domain/index.ts')]).some((url) => url.includes('/zod/'))).toBe(
      true,
    );
  });
});
