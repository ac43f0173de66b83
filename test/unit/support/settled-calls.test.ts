import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, startScriptedModel, type ScriptedModel } from '../../support/scripted-model.js';

/** Sends one request and is gone before an answer: what a killed worker leaves in the socket. */
const SEND_AND_DIE = `
  const { request } = require('node:http');
  const sent = request(process.argv[1], { method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.end(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Attempt 1 at US-001.' }] }), () => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
`;

describe('the moment of a kill', () => {
  let model: ScriptedModel;
  beforeAll(async () => {
    model = await startScriptedModel(() => done());
  });
  afterAll(() => model.stop());

  it('comes after every request that the killed one had sent, also one that nobody had read yet', async () => {
    // this process is held up meanwhile, and with it the server
    spawnSync(process.execPath, ['-e', SEND_AND_DIE, `${model.baseUrl}/chat/completions`]);
    const early = model.requests.length;
    await model.takeUp();
    expect([early, model.requests.map(({ task }) => task.story)]).toEqual([0, ['US-001']]);
  });
});
