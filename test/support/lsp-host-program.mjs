// Starts a language server as a worker does, says its process ids, and waits to be killed.
import { detectSandbox } from '../../dist/platform/index.js';
import { createServerPool } from '../../dist/tools/index.js';
import { LANGUAGES } from '../../dist/tools/lsp/server/language-table.js';

const { workspace, home, script } = JSON.parse(process.argv[2]);
const pool = createServerPool({
  sandbox: await detectSandbox(),
  masked: [home],
  find: () =>
    Promise.resolve({
      candidate: { program: 'double', args: [script, '{"mark":"lsp-orphan-mark"}'] },
      program: process.execPath,
    }),
});
const answer = await pool.get(workspace, LANGUAGES[0]);
console.log(answer.kind);
setInterval(() => undefined, 1000);
