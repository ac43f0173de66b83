import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { endedRun } from '../support/ended-run.js';
import { runningPids } from '../support/kill-random.js';
import {
  bash,
  done,
  write,
  type ModelTask,
  type ScriptedReply,
} from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

/** What the model does; each test sets its own. */
let script: (task: ModelTask) => ScriptedReply;

const scripted = useScriptedProject((task) => script(task));

function use(name: string, args: object): ScriptedReply {
  return { calls: [{ name: 'use_tool', arguments: { name, arguments: args } }] };
}

function task(prompt: string, agent: string): ScriptedReply {
  return { calls: [{ name: 'task', arguments: { description: prompt, prompt, agent } }] };
}

const one = [{ id: 'US-001' }];
const RULES = '[permissions]\ndeny = ["bash(touch)", "edit(locked/**)"]\n';
const AGENT = (fields: string): string => `---\n${fields}\n---\nYou are strict.\n`;

describe('rules of a project', () => {
  it('bind an agent, those that it starts, and calls inside of calls; the report names them', async () => {
    script = (at) => {
      if (at.prompt.startsWith('Deeper'))
        return (
          [bash('touch below'), write('locked/x.txt', 'bad\n')][at.turn] ?? {
            content: `I was told: ${at.heard}`,
          }
        );
      return (
        [
          bash('sh -c "touch here"'),
          use('batch', {
            calls: [
              { tool: 'write_file', args: { path: 'locked/y.txt', content: 'bad' } },
              { tool: 'bash', args: { command: 'touch inside' } },
            ],
          }),
          task('Deeper', 'general'),
          write('feature-1.txt', 'ok\n'),
        ][at.turn] ?? done()
      );
    };
    const folder = scripted.project.repository({
      stories: one,
      files: { 'codetether.toml': RULES },
    });
    const { code, document } = await scripted.project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const files = scripted.project.git(folder, 'ls-tree', '-r', '--name-only', 'feature/work');
    for (const name of ['here', 'below', 'inside', 'locked']) expect(files).not.toContain(name);
    const report = await scripted.project.run(folder, 'runs', 'report', document.run_id);
    expect(report.stdout).toMatch(/## Refused by rules\n\n- US-001: bash: sh -c "touch here"/);
    expect(report.stdout).toContain('codetether.toml');
  });
});

describe('an agent of a project', () => {
  it('works on stories as it was when the run began, and may start others by name', async () => {
    const told: string[] = [];
    script = (at) => {
      if (at.prompt.startsWith('Look'))
        return (
          [write('bad.txt', 'x\n'), bash('echo x > bad.txt')][at.turn] ?? {
            content: 'I only read.',
          }
        );
      told.push(at.heard);
      return [task('Look', 'reader'), write('feature-1.txt', 'ok\n')][at.turn] ?? done();
    };
    const folder = scripted.project.repository({
      stories: one,
      files: {
        '.codetether/agents/worker.md': AGENT('description: Works\naccess: write'),
        '.codetether/agents/reader.md': AGENT('description: Reads\ntools: Read, Grep'),
        '.codetether/agents/broken.md': 'no head',
      },
    });
    const from = scripted.model.requests.length;
    const { code, document } = await scripted.project.ralph(folder, '--agent', 'worker');
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    const shown = scripted.model.requests.slice(from).map((seen) => seen.shown);
    expect(shown[0]).toContain('You are strict.');
    expect(shown[0]).toContain('- reader: Reads');
    const files = scripted.project.git(folder, 'ls-tree', '-r', '--name-only', 'feature/work');
    expect(files).not.toContain('bad.txt');
    const listed = await scripted.project.run(folder, 'agents', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      agents: [
        { name: 'reader', access: 'read', tools: ['read', 'grep'] },
        { name: 'worker', access: 'write', tools: null },
      ],
      warnings: [expect.stringContaining('broken.md:1: agent not used')],
    });
    const screen = await scripted.project.run(folder, 'agents', 'show', 'reader');
    expect(screen.stdout).toContain('tools    read, grep');
    const tools = await scripted.project.run(
      folder,
      'tools',
      'list',
      '--agent',
      'reader',
      '--json',
    );
    const names = (JSON.parse(tools.stdout) as { tools: { name: string }[] }).tools.map(
      ({ name }) => name,
    );
    expect(names).toEqual(expect.arrayContaining(['grep', 'read_file', 'use_tool']));
    expect(names).not.toContain('bash');
    const unknown = await scripted.project.run(folder, 'ralph', 'run', '--agent', 'nobody');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('ERR_AGENT_UNKNOWN'),
    ]);
  });
});

describe('hooks of a person', () => {
  it('run once each although the worker is killed, add to what is told, and may send the agent back', async () => {
    const { project } = scripted;
    const log = 'hooks.log';
    appendFileSync(
      project.config,
      [
        '[[hooks]]\nevent = "session_start"\ncommand = "echo Remember the house rules."\n',
        `[[hooks]]\nevent = "post_tool"\nmatcher = "write_file"\ncommand = "echo ran >> ${log}"\n`,
        '[[hooks]]\nevent = "stop"\ncommand = "test -e stopped || { touch stopped; echo Not yet. >&2; exit 2; }"\n',
        '[[hooks]]\nevent = "story_start"\ncommand = "exit 0"\n',
        '[[hooks]]\nevent = "story_end"\ncommand = "exit 0"\n',
      ].join('\n'),
    );
    const heard: string[] = [];
    let isKilled = false;
    script = (at) => {
      heard.push(at.heard);
      if (at.turn === 1 && !isKilled) {
        isKilled = true;
        void runningPids(project.home, ['worker']).then((pids) => {
          for (const pid of pids) process.kill(pid, 'SIGKILL');
        });
      }
      return [write('feature-1.txt', 'ok\n'), bash('true'), done()][at.turn] ?? done();
    };
    const folder = project.repository({ stories: one, files: { 'x.txt': 'x\n' } });
    const { code, document } = await project.ralph(folder);
    expect([code, document.stories[0]?.status]).toEqual([0, 'passed']);
    expect(project.git(folder, 'show', `feature/work:${log}`)).toBe('ran');
    expect(heard[0]).toContain('Remember the house rules.');
    expect(heard.some((text) => text.includes('You are not done yet, says a hook: Not yet.'))).toBe(
      true,
    );
    const events = await project.run(folder, 'runs', 'logs', document.run_id);
    for (const event of ['session_start', 'post_tool', 'stop', 'story_start', 'story_end'])
      expect(events.stdout).toContain(`${event} hook`);
  });
});

describe('the envelope', () => {
  it('sets a proven story aside for a new dependency, and a yes lets exactly that pass', async () => {
    const { project } = scripted;
    const manifest = JSON.stringify({ name: 'x', dependencies: { 'left-pad': '1' } });
    script = ({ turn }) =>
      [write('feature-1.txt', 'ok\n'), write('sub/package.json', manifest)][turn] ?? done();
    const folder = project.repository({
      stories: one,
      files: { 'codetether.toml': '[envelope]\nnew_dependency = "park"\n' },
    });
    const started = await project.ralph(folder, '--detach', '--no-setup');
    const runId = started.document.run_id;
    await vi.waitFor(
      async () => {
        const record = await localRunRecords(project.home).read(runId);
        expect(record?.standstill?.reason).toMatch(
          /May this story bring: new dependency npm left-pad/,
        );
      },
      { timeout: 90_000, interval: 100 },
    );
    await project.run(folder, 'runs', 'answer', runId, 'US-001', 'yes');
    const record = await endedRun(project.home, runId);
    expect(record.status).toBe('passed');
    expect(record.stories[0]?.attempts.at(-1)?.outside?.dependencies).toEqual(['npm left-pad']);
    const pull = await project.run(folder, 'ralph', 'report', runId, '--format', 'pr');
    expect(pull.stdout).toContain('new dependencies: npm left-pad');
  });
});

it('a file of a repository that would run commands is not used until it is trusted', async () => {
  const { project } = scripted;
  script = ({ turn }) => (turn === 0 ? write('feature-1.txt', 'ok\n') : done());
  const outside = join(project.root, 'stolen');
  const folder = project.repository({ stories: one });
  writeFileSync(
    join(folder, 'codetether.toml'),
    `[[hooks]]\nevent = "stop"\ncommand = "touch ${outside}"\n`,
  );
  const refused = await project.run(folder, 'ralph', 'run');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('ERR_CONFIG_UNTRUSTED'),
  ]);
  expect(existsSync(outside)).toBe(false);
});
