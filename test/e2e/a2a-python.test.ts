import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findExecutable } from '../../src/platform/process/find-executable.js';
import { TOOL_PATH } from '../support/lock-projects.js';
import { remoteBench } from '../support/remote/remote-bench.js';

const run = promisify(execFile);
const LINT = findExecutable('a2a-lint', TOOL_PATH);
const PYTHON = findExecutable('a2a-python', TOOL_PATH);
const CLIENT = join(
  fileURLToPath(new URL('../support/remote', import.meta.url)),
  'python-client.py',
);

describe.skipIf(PYTHON === undefined)('the client of PyPI a2a-sdk', () => {
  it.each(['JSONRPC', 'HTTP+JSON'])(
    'sends, streams, answers a question, subscribes, cancels, lists and sets push over %s',
    async (binding) => {
      const { url } = await remoteBench();
      const { stdout } = await run(PYTHON ?? '', [CLIENT, url, binding], { timeout: 60_000 });
      const submitted = ['task', 'TASK_STATE_SUBMITTED'];
      const working = ['status_update', 'TASK_STATE_WORKING'];
      const artifact = ['artifact_update', null];
      const completed = ['status_update', 'TASK_STATE_COMPLETED'];
      const canceled = 'TASK_STATE_CANCELED';
      expect(JSON.parse(stdout)).toEqual({
        unary: [['task', 'TASK_STATE_COMPLETED']],
        artifact: 'done: hello',
        stream: [submitted, working, artifact, completed],
        asked: [['task', 'TASK_STATE_INPUT_REQUIRED']],
        answered: [['task', 'TASK_STATE_WORKING'], working, artifact, completed],
        push: ['mine'],
        subscribed: 'task',
        canceled,
        after: [['status_update', canceled]],
        page: [2, 4, true],
      });
    },
  );
});

describe.skipIf(LINT === undefined)('a2a-lint', () => {
  it('gives the card that has both versions grade A, with a message sent and streamed', async () => {
    const { url } = await remoteBench();
    const { stdout } = await run(LINT ?? '', [`${url}/a2a`, '--live', '--json'], {
      timeout: 60_000,
    });
    const { summary } = JSON.parse(stdout) as { summary: Record<string, unknown> };
    expect(summary).toEqual({ errors: 0, warnings: 0, grade: 'A' });
  });
});
