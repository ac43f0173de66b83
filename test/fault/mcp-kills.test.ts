import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { endedRun } from '../support/ended-run.js';
import { killWhileOpen, random, runningPids } from '../support/kill-random.js';
import { DOUBLE } from '../support/mcp-bench.js';
import { done, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261129);

/** A worker that dies takes its servers along where they have a pid namespace, or a lifeline. */
const isHeld = (await detectSandbox()).kinds.includes('dies-with-worker');
const scripted = useScriptedProject((task) => script(task));

/** Calls a tool whose server hangs once it has done its work; writes down how the call ended. */
function script({ turn, heard, story }: ModelTask): ScriptedReply {
  if (story === 'US-003') return manyCalls(turn);
  const server = story === 'US-001' ? 'careful' : 'again';
  const call = { name: `mcp__${server}__effect`, arguments: { hang: true } };
  if (turn === 0) return { calls: [{ name: 'use_tool', arguments: call }] };
  const isRight =
    story === 'US-001'
      ? heard.includes('whether it took effect is unknown')
      : heard.trim() === 'done';
  return turn === 1 ? write(`feature-${story}.txt`, isRight ? 'ok\n' : heard) : done();
}

const CALLS = 6;

/** Calls one after the other, of a server that answers at once. */
function manyCalls(turn: number): ScriptedReply {
  const call = { name: 'mcp__counted__effect', arguments: { number: turn } };
  if (turn < CALLS) return { calls: [{ name: 'use_tool', arguments: call }] };
  return turn === CALLS ? write('feature-US-003.txt', 'ok\n') : done();
}

function configure(): void {
  for (const [name, more] of [
    ['careful', ''],
    ['again', 'idempotent = ["effect"]\n'],
    ['counted', ''],
  ]) {
    const args = [DOUBLE, 'plain', scripted.project.root].map((part) => JSON.stringify(part));
    appendFileSync(
      scripted.project.config,
      `\n[mcp.servers.${name}]\ncommand = ${JSON.stringify(process.execPath)}\nargs = [${args.join(', ')}]\nread_paths = [${JSON.stringify(dirname(DOUBLE))}]\ntimeout_s = 600\n${more}`,
    );
  }
}

function effects(server: string): number {
  const file = join(scripted.project.home, 'mcp', server, 'files', 'effects.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

/** Processes of the doubles of this project. */
function doubles(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return (
          line.startsWith(process.execPath) &&
          [DOUBLE, scripted.project.root].every((part) => line.includes(part))
        );
      } catch {
        return false;
      }
    });
}

describe('a worker that is killed in the middle of a call of a server', () => {
  it.each([
    ['is not made again, and the agent is told', 'US-001', 'careful', 1],
    ['is made again where the configuration allows it', 'US-002', 'again', 2],
  ])('the call %s', async (...[, story, server, times]) => {
    if (story === 'US-001') configure();
    const { project } = scripted;
    const folder = project.repository({ stories: [{ id: story }] });
    const { document } = await project.ralph(folder, '--detach');
    await vi.waitFor(() => expect(effects(server)).toBe(1), { timeout: 60_000, interval: 20 });
    const before = doubles();
    expect(before.length).toBeGreaterThan(0);
    for (const pid of await runningPids(project.home, ['worker'])) process.kill(pid, 'SIGKILL');
    if (isHeld)
      await vi.waitFor(() => expect(doubles().filter((pid) => before.includes(pid))).toEqual([]), {
        timeout: 20_000,
        interval: 20,
      });
    const { status } = await endedRun(project.home, document.run_id);
    expect([status, effects(server)]).toEqual(['passed', times]);
  });

  it('at any time, makes no call twice, and says of each that was lost that it may have been made', async () => {
    const { project, model } = scripted;
    const from = model.requests.length;
    const folder = project.repository({ stories: [{ id: 'US-003' }] });
    const { document } = await project.ralph(folder, '--detach');
    const next = random(SEED);
    const pause = (): number => 200 + next() * 1500;
    const kills = await killWhileOpen(project.home, document.run_id, {
      roles: ['worker'],
      model,
      pause,
      most: KILLS,
    });
    const { status } = await endedRun(project.home, document.run_id);
    const heard = new Map(model.requests.slice(from).map(({ task }) => [task.turn, task.heard]));
    const results = Array.from({ length: CALLS }, (_, at) => heard.get(at + 1) ?? '');
    const lost = results.filter((text) => text.includes('whether it took effect is unknown'));
    const made = results.filter((text) => text.trim() === 'done');
    expect([status, made.length + lost.length]).toEqual(['passed', CALLS]);
    expect(lost.length).toBeLessThanOrEqual(kills.length);
    expect(effects('counted')).toBeGreaterThanOrEqual(made.length);
    expect(effects('counted')).toBeLessThanOrEqual(CALLS);
  });

  it.runIf(isHeld)('leaves no server behind when the service is stopped', async () => {
    await scripted.project.run(scripted.project.root, 'down');
    await vi.waitFor(() => expect(doubles()).toEqual([]), { timeout: 20_000, interval: 20 });
  });
});
