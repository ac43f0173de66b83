/**
 * Runs a command that writes ticks for ever, with a background child of its own, in a sandbox made of the given parts.
 * Usage: node sandbox-program.mjs FOLDER SANDBOX_JSON [MARK]. The mark stands in the command lines. The test kills this process and watches the ticks.
 */
import { join } from 'node:path';
import { runProcess } from '../../dist/platform/process/run-process.js';
import { setHostEnvironment } from '../../dist/platform/process/host-environment.js';
import { wrapCommand } from '../../dist/platform/sandbox/wrap-command.js';

const [folder, sandbox, mark = 'unmarked'] = process.argv.slice(2);
setHostEnvironment(process.env);
const wrapped = await wrapCommand(JSON.parse(sandbox), {
  argv: [
    'bash',
    '-c',
    `: tick-${mark}; (while :; do echo child >> child.txt; sleep 0.02; done) & while :; do echo tick >> ticks.txt; sleep 0.02; done`,
  ],
  root: folder,
  cwd: folder,
  home: join(folder, 'home'),
  masked: [],
  network: 'none',
});
await runProcess({ ...wrapped, timeoutMs: 120_000, maxOutputBytes: 1000 });
