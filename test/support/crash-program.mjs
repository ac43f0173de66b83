/**
 * Runs a fixed program of tool calls in a home that the first run prepares, in a process of its own, so that it can be
 * killed at a crash point and started again. Usage: node crash-program.mjs HOME OUTSIDE LEVEL [CRASH_POINT [PROGRAM]]
 * Prints one JSON line with the results of all calls; step keys are the same in every run.
 */
import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createToolCallExecutor } from '../../dist/activities/tool/tool-call-executor.js';
import { armCrashPoint } from '../../dist/platform/fault/crash-points.js';
import { createBlobStore } from '../../dist/platform/storage/blob-store.js';
import { createEventLog } from '../../dist/platform/storage/event-log.js';
import { createGit } from '../../dist/platform/git/git.js';
import { createStepJournal } from '../../dist/platform/storage/step-journal.js';
import { createWorkspace } from '../../dist/platform/workspace/workspace.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { homePaths } from '../../dist/platform/storage/home.js';
import { setHostEnvironment } from '../../dist/platform/process/host-environment.js';
import { builtInTools, createToolRegistry } from '../../dist/tools/registry.js';

const [home, outside, level, point, which = 'commands'] = process.argv.slice(2);
setHostEnvironment(process.env);
const paths = homePaths(home);
const blobs = createBlobStore(paths.blobs);

/** `work` counts its own runs inside the workspace; the daemon tries to go on writing after its command. */
const COMMANDS = [
  ['write_file', { path: 'src/a.txt', content: 'one\ntwo\nthree\n' }],
  ['edit', { path: 'src/a.txt', old_string: 'two', new_string: 'two two' }],
  [
    'bash',
    {
      command:
        'echo run >> count.txt; sed -i s/three/3/ src/a.txt; mkdir -p gen; echo $RANDOM$RANDOM > gen/random.txt; cat count.txt',
    },
  ],
  ['edit', { path: 'count.txt', old_string: 'run', new_string: 'run once' }],
  [
    'bash',
    {
      command:
        'setsid bash -c "while :; do echo tick >> ticks.txt; sleep 0.01; done" > /dev/null 2>&1 & until [ -s ticks.txt ]; do sleep 0.01; done; rm src/a.txt; echo again >> count.txt; mv gen moved; echo out',
    },
  ],
  ['write_file', { path: 'end.txt', content: 'end\n' }],
  ['bash', { command: 'printf x >> end.txt; exit 3' }],
  // Right behind another command: its base is the snapshot after that one.
  ['bash', { command: 'printf y >> end.txt; echo out' }],
  [
    'batch',
    {
      calls: [
        { tool: 'edit', args: { path: 'end.txt', old_string: 'xy', new_string: 'xyxy' } },
        { tool: 'bash', args: { command: 'echo b >> count.txt; echo out' } },
        { tool: 'read_file', args: { path: 'count.txt' } },
      ],
    },
  ],
];

/** Tools that change several files at once, all or none; what is undone is there to be undone. */
const FILES = [
  ['write_file', { path: 'a.txt', content: 'one\ntwo\n' }],
  ['write_file', { path: 'gone.txt', content: 'gone\n' }],
  [
    'multiedit',
    {
      edits: [
        { path: 'a.txt', old_string: 'one', new_string: 'one one' },
        { path: 'gone.txt', old_string: 'gone', new_string: 'gone gone' },
      ],
    },
  ],
  [
    'apply_patch',
    {
      patch:
        '*** Begin Patch\n*** Update File: a.txt\n@@\n-two\n+two two\n*** Add File: new/b.txt\n+b\n*** Delete File: gone.txt\n*** End Patch',
    },
  ],
  ['undo', { steps: 2 }],
  ['edit', { path: 'a.txt', old_string: 'one', new_string: 'one one' }],
];

/** Calls with hooks before and behind them: each writes a line, so that one that ran twice shows. */
const HOOKED = [
  ['write_file', { path: 'a.txt', content: 'one\n' }],
  ['bash', { command: 'echo command >> log.txt; echo out' }],
  [
    'batch',
    {
      calls: [
        { tool: 'bash', args: { command: 'echo first >> log.txt' } },
        { tool: 'bash', args: { command: 'echo second >> log.txt' } },
      ],
    },
  ],
];

const HOOKS = [
  { event: 'pre_tool', matcher: 'bash', command: 'echo before >> log.txt' },
  { event: 'post_tool', matcher: 'bash', command: 'echo behind >> log.txt; echo said' },
  { event: 'post_tool', command: 'echo any >> log.txt' },
].map((hook) => ({ ...hook, timeoutS: 30, source: 'here' }));

const PROGRAM = { commands: COMMANDS, files: FILES, hooks: HOOKED }[which];

if (!(await exists(join(home, 'ready')))) await prepare();
const node = {
  version: 1,
  parent: null,
  depth: 1,
  messages: [
    { role: 'user', content: 'go' },
    {
      role: 'assistant',
      content: '',
      toolCalls: PROGRAM.map(([name, input], index) => ({
        id: `call-${index}`,
        name,
        arguments: JSON.stringify(input),
      })),
    },
  ],
};
const conversation = await blobs.put(JSON.stringify(node));
const definitions =
  which === 'hooks'
    ? await blobs.put(
        JSON.stringify({ version: 1, permissions: [], agents: [], skills: [], hooks: HOOKS }),
      )
    : undefined;
const sandbox = await detectSandbox(level);
const executor = createToolCallExecutor({
  home,
  hookServices: { sandbox, masked: [home] },
  blobs,
  journal: createStepJournal(paths.journal),
  events: createEventLog(paths.events),
  registry: createToolRegistry(builtInTools({ sandbox, masked: [home] })),
});

armCrashPoint(point);
await appendFile(outside, 'start\n');
const results = [];
for (const [callIndex] of PROGRAM.entries()) {
  const result = await executor.execute(
    {
      key: { scope: 'crash-program', step: callIndex + 1, index: 0 },
      runId: 'run',
      workspace: { id: 'repo/lane', workdir: '.' },
      conversation,
      callIndex,
      seen: [],
      events: [],
      network: 'none',
      definitions,
    },
    { signal: new AbortController().signal, heartbeat: () => undefined },
  );
  results.push({
    isError: result.isError,
    exitCode: result.exitCode,
    text: await blobs.getText(result.ref),
  });
}
console.log(JSON.stringify(results));

async function prepare() {
  const gitDir = join(paths.workspaces, 'repo', 'bare.git');
  await mkdir(gitDir, { recursive: true });
  await createGit({ gitDir }).run(['init', '--bare', '-q', gitDir]);
  await createWorkspace(home, 'repo/lane', { gitDir, refPrefix: 'refs/codetether/lanes/run/lane' });
  await writeFile(join(home, 'ready'), '');
}

async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}
