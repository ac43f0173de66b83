// Our MCP client as the conformance judge wants it: it lists the tools of the server whose address is its last argument, and calls each.
import { mkdtempSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { loginToServer } from '../../dist/mcp/login.js';
import { createMcpFamily } from '../../dist/tools/mcp/family.js';
import { createToolRegistry } from '../../dist/tools/registry.js';

/** What the tools of the judge's servers take, by name. */
const ARGUMENTS = { add_numbers: { a: 5, b: 3 } };

const scratch = mkdtempSync(join(tmpdir(), 'mcp-judge-'));
const workspace = {
  root: join(scratch, 'tree'),
  state: join(scratch, 'state'),
  workdir: '.',
  gitDir: join(scratch, 'git'),
  refPrefix: 'refs/none',
};
for (const folder of [workspace.root, workspace.state]) mkdirSync(folder);
const isProtected = (process.env.MCP_CONFORMANCE_SCENARIO ?? '').startsWith('auth/');
const url = process.argv.at(-1);
const server = {
  name: 'judge',
  transport: { kind: 'http', url, auth: isProtected ? 'oauth' : 'none' },
  allow: null,
  deny: [],
  readOnly: ['*'],
  idempotent: [],
  timeoutMs: 20_000,
  startTimeoutMs: 20_000,
  maxOutputBytes: 50_000,
};
/** What Vault would hold. */
let login;
const store = {
  read: async () => login,
  write: async (text) => {
    login = text;
  },
};
const family = createMcpFamily({
  oauthStore: () => store,
  servers: [server],
  folder: join(scratch, 'mcp'),
  sandbox: await detectSandbox('none'),
  masked: [],
  readSecret: () => Promise.reject(new Error('no secrets here')),
  fetch: globalThis.fetch,
});
const registry = createToolRegistry(family.tools, family.foreign);
const signal = new AbortController().signal;

let step = 0;
async function call(name, input, answers) {
  const parsed = registry.parseCall({ id: 'c', name, arguments: JSON.stringify(input) });
  if (!parsed.isValid) throw new Error(parsed.explanation);
  step += 1;
  return parsed.tool.execute(parsed.input, {
    step: { scope: 'judge', step, index: 0 },
    workspace,
    seen: new Map(),
    signal,
    heartbeat: () => undefined,
    keepWhole: async () => '@output/none',
    network: 'none',
    ...(answers === undefined ? {} : { answers }),
  });
}

let code = 0;
try {
  // The judge's browser says yes.
  if (isProtected)
    await loginToServer({
      server: 'judge',
      url,
      store,
      onRedirect: (address) => void fetch(address),
    });
  const { tools } = await family.pool.list({ server, workspace, signal });
  for (const { name } of tools) {
    const input = ARGUMENTS[name] ?? {};
    let output = await call(`mcp__judge__${name}`, input);
    // A person who only says yes takes what the form holds already.
    if (output.asks !== undefined)
      output = await call(`mcp__judge__${name}`, input, [{ id: output.asks.id, answer: ';' }]);
    console.log(`${name}: ${output.text.slice(0, 300)}`);
    if (output.isError) code = 1;
  }
} catch (error) {
  console.error(error.message);
  code = 1;
}
await family.pool.close();
rmSync(scratch, { recursive: true, force: true });
process.exit(code);
