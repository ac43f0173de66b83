import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { planExplain } from '../../../../src/runs/rlm/plan-explain.js';
import { runRecord } from '../../../support/run-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('the question what first went wrong in a run', () => {
  it('passes no tools to its code, whatever the configuration says of questions', async () => {
    const folder = await temporaryFolder();
    const config = await loadConfig({ project: folder, environment: { HOME: folder } });
    const record = runRecord({ stories: [] });
    await createEventLog(homePaths(config.home).events).append(record.runId, [
      { source: 'w', seq: 1, type: 'run.note', at: '2026-01-02T03:00:00.000Z', text: 'began' },
    ]);
    const withTools = { ...config, rlm: { tools: ['grep', 'read_file'] } };
    const { input } = await planExplain(
      record,
      { model: 'openai/x' },
      { config: withTools, cwd: folder },
    );
    expect([input.tools, input.notes, input.directTokens > 0]).toEqual([
      undefined,
      [`explains run ${record.runId}`],
      true,
    ]);
  });
});
