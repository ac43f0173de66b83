// `npm run test:real-model`: a real model, small and on this machine, works through the real service. Nothing here depends on
// what it says, only on what the engine did with it. Ends with `N passed, N failed, N skipped`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installModel, startModelServer } from './real-model/server.mjs';
import { runStories } from './real-model/story.mjs';
import { build, installPackages, requireNode, say } from './set-up.mjs';

const TOTAL_LIMIT_MS = 600_000;

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);
// After the build: dist/ may not have been there before.
const calls = await import('./real-model/calls.mjs');
const { processEnvironment } = await import('../dist/config/light/environment.js');
const { userFolders } = await import('../dist/config/paths.js');

const startedAt = performance.now();
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(TOTAL_LIMIT_MS)]);
const scratch = mkdtempSync(join(tmpdir(), 'codetether-real-model-'));
const logFile = join(scratch, 'server.log');
const counts = { passed: 0, failed: 0, skipped: 0 };
let server;
try {
  const cache = join(userFolders(processEnvironment()).cache, 'test-tools');
  const installed = await installModel(cache, signal);
  if (installed.reason === undefined) {
    server = await startModelServer({ folder: installed.folder, logFile, signal });
    await checkStories();
    await checkCalls();
    await printFigures();
  } else {
    console.log(`skipped: ${installed.reason}`);
    counts.skipped += 1;
  }
} catch (error) {
  check('the test goes through', [[false, error.stack]]);
  if (server !== undefined) console.log(readFileSync(logFile, 'utf8').slice(-2000));
} finally {
  await server?.stop();
  if (counts.failed === 0) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  else say(`left for a look: ${scratch}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

/** The whole way: command, service, Temporal, worker, provider, model, tools, proof, commit. */
async function checkStories() {
  const before = await server.figures();
  const { word, ...run } = await runStories({ root, scratch, url: server.url, signal });
  const after = await server.figures();
  const { record, totals } = run;
  const tools = run.events.filter((event) => event.type === 'tool.end');
  const executed = tools.filter((event) => event.data.is_error === false);
  const names = tools.map((event) => `${event.data.tool} ${event.data.is_error}`).join(', ');
  check('calls of a real model are accepted and executed', [[executed.length > 0, names]]);
  check('a call of a real model reads the real file', [
    [executed.some(({ data }) => data.tool === 'read_file' && data.preview.includes(word)), names],
  ]);
  check('what a real model writes is proven and committed', [
    [record.status === 'passed', `${record.status}: ${record.reason}`],
    [run.committed.includes('notes/answer.txt'), run.committed.join(', ')],
  ]);
  const counted = after.outputTokens - before.outputTokens;
  const spent = JSON.stringify(totals);
  check('the usage on record is what the server counted', [
    [totals.input_tokens > 0 && totals.output_tokens > 0, spent],
    [totals.output_tokens === counted, `${spent}, but the server counted ${counted}`],
  ]);
  check('a turn begins with the prefix that the server has cached', [
    [totals.cached_input_tokens > totals.input_tokens / 4, spent],
  ]);
}

/** What the service cannot be made to do on demand. */
async function checkCalls() {
  const { word, answer, result } = await calls.readWithOnlyTool(
    server.url,
    join(scratch, 'direct'),
  );
  check('the only tool that is offered is called, and its result holds the word', [
    [answer.finishReason === 'tool-calls', answer.finishReason],
    [answer.usage.inputTokens > 0 && answer.usage.outputTokens > 0, JSON.stringify(answer.usage)],
    [result !== null && !result.isError && result.preview.includes(word), JSON.stringify(result)],
  ]);
  const bound = await calls.bindToSchema(server.url);
  check('an answer is bound by its schema', [[bound.text.includes(bound.word), bound.text]]);
  const refused = await calls.overflow(server.url);
  check('a prompt longer than the window is told apart', [
    [refused === 'context_overflow', refused],
  ]);
  const cancelled = await calls.cancelInFlight(server.url, server);
  const how = JSON.stringify(cancelled);
  check('a call that is cancelled ends, and the model stops within seconds', [
    [cancelled.kind === 'cancelled', how],
    [cancelled.wasBusy && cancelled.isIdle && cancelled.stopMs < 5000, how],
  ]);
  console.log(`        stopped after ${Math.round(cancelled.stopMs)} ms`);
}

/** One line a check; its first condition that does not hold is shown with what was found instead. */
function check(name, conditions) {
  const broken = conditions.find(([holds]) => !holds);
  counts[broken === undefined ? 'passed' : 'failed'] += 1;
  console.log(broken === undefined ? `    ok  ${name}` : `FAILED  ${name}\n        ${broken[1]}`);
}

async function printFigures() {
  const { promptTokens, promptSeconds, outputTokens, outputSeconds } = await server.figures();
  const seconds = (ms) => (ms / 1000).toFixed(1);
  console.log(
    `load ${seconds(server.loadMs)} s, prompt ${(promptTokens / promptSeconds).toFixed(0)} tokens/s, ` +
      `answers ${(outputTokens / outputSeconds).toFixed(0)} tokens/s, in all ${seconds(performance.now() - startedAt)} s ` +
      `(1 thread of ${cpus().length} x ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}, Node ${process.version})`,
  );
}
