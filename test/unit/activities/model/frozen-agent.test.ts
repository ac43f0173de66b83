import { describe, expect, it } from 'vitest';
import { freezeAgent, thawToolset } from '../../../../src/activities/model/frozen-agent.js';
import { BUILD_SYSTEM_PROMPT } from '../../../../src/activities/model/system-prompt.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { toolRegistry } from '../../../support/tool-registry.js';

describe('a frozen agent', () => {
  it('keeps prompt and tool schemas to the byte', async () => {
    const blobs = createBlobStore(await temporaryFolder());
    const schemas = (await toolRegistry()).toolSchemas(['bash', 'read_file']);
    const frozen = await freezeAgent(blobs, schemas);
    expect(await blobs.getText(frozen.prompt)).toBe(BUILD_SYSTEM_PROMPT);
    const thawed = await thawToolset(frozen.toolset, blobs);
    expect(JSON.stringify(thawed)).toBe(JSON.stringify(schemas));
    expect(await freezeAgent(blobs, schemas)).toEqual(frozen);
  });

  it.each([
    ['no JSON', '{'],
    ['no list', '{}'],
    ['no schema', '[{"name":"bash"}]'],
  ])('is not made of %s', async (_what, text) => {
    const blobs = createBlobStore(await temporaryFolder());
    await expect(thawToolset(await blobs.put(text), blobs)).rejects.toThrow();
  });
});
