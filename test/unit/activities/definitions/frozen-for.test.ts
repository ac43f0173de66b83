import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definedText, frozenFor } from '../../../../src/activities/definitions/frozen-for.js';
import { readDefinitions } from '../../../../src/activities/definitions/read-definitions.js';
import { freezeAgent } from '../../../../src/activities/model/frozen-agent.js';
import { systemPrompt } from '../../../../src/activities/model/system-prompt.js';
import { BUILD_TOOLS } from '../../../../src/contracts/light/defaults.js';
import { buildProfile, taskProfile, taskTools } from '../../../../src/contracts/agent-profiles.js';
import {
  NO_DEFINITIONS,
  type Definitions,
} from '../../../../src/domain/definitions/definitions.js';
import { judgeCall } from '../../../../src/domain/definitions/permission.js';
import { frozenInto } from '../../../../src/domain/agent/agent-profile.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { toolRegistry } from '../../../support/tool-registry.js';

const DEFINITIONS: Definitions = {
  ...NO_DEFINITIONS,
  permissions: [{ source: 'a.toml', rules: [{ effect: 'deny', tool: 'web' }], otherwise: 'allow' }],
  agents: [
    {
      name: 'reviewer',
      description: 'Reviews',
      source: 'r.md',
      access: 'read',
      tools: [{ effect: 'allow', tool: 'read' }],
      model: { provider: 'a', model: 'b' },
      contextWindow: 1000,
      maxTurns: 5,
      prompt: 'Be strict.',
    },
    { name: 'fixer', description: 'Fixes', source: 'f.md', access: 'write', prompt: '' },
  ],
  skills: [{ name: 'release', description: 'Make a release', source: 's', body: 'x', files: [] }],
  hooks: [{ event: 'stop', command: 'true', timeoutS: 30, source: 'a.toml' }],
  guide: { path: '/me/AGENTS.md', text: 'Be brief.' },
};

async function desk() {
  const blobs = createBlobStore(join(await temporaryFolder(), 'blobs'));
  const registry = await toolRegistry();
  return {
    blobs,
    freezeAgent: (
      agent: 'story' | Parameters<typeof taskTools>[0],
      { tools, more = '' }: { tools?: readonly string[]; more?: string } = {},
    ) =>
      freezeAgent(
        blobs,
        registry.toolSchemas(tools ?? (agent === 'story' ? BUILD_TOOLS : taskTools(agent))),
        { agent, more },
      ),
  };
}

describe('an agent that is started', () => {
  it('is what it was where nobody defined anything, byte for byte', async () => {
    const { blobs, freezeAgent: freeze } = await desk();
    const frozen = await frozenFor({ blobs, freezeAgent: freeze }, { kind: 'story' });
    expect(Object.keys(frozen)).toEqual(['prompt', 'toolset']);
    expect(await blobs.getText(frozen.prompt)).toBe(systemPrompt('story'));
    expect(await definedText(undefined, { blobs, canHandOn: true })).toBe('');
  });

  it('takes the definitions along, and knows of agents and moments of hooks', async () => {
    const { blobs, freezeAgent: freeze } = await desk();
    const definitions = await blobs.put(JSON.stringify(DEFINITIONS));
    const frozen = await frozenFor({ blobs, freezeAgent: freeze }, { kind: 'story', definitions });
    expect(frozen).toMatchObject({
      definitions,
      hookEvents: ['stop'],
      agents: [
        { name: 'reviewer', access: 'read' },
        { name: 'fixer', access: 'write' },
      ],
    });
    // the fixed text of a request stays the same, whatever people define
    expect(await blobs.getText(frozen.prompt)).toBe(systemPrompt('story'));
    expect(frozenInto(buildProfile(60), frozen).tools).toEqual(buildProfile(60).tools);
  });

  it('as a named agent does less than its kind, under the rules of whoever starts it and its own', async () => {
    const { blobs, freezeAgent: freeze } = await desk();
    const definitions = await blobs.put(JSON.stringify(DEFINITIONS));
    const request = { kind: 'explore', named: 'reviewer', definitions } as const;
    const frozen = await frozenFor({ blobs, freezeAgent: freeze }, request);
    const profile = frozenInto(taskProfile('explore', 60), frozen);
    expect(profile).toMatchObject({
      name: 'reviewer',
      isReadOnly: true,
      model: { provider: 'a', model: 'b' },
      contextWindow: 1000,
      limits: { maxTurns: 5 },
      tools: ['glob', 'grep', 'list_dir', 'read_file', 'todo_read', 'todo_write', 'use_tool'],
    });
    const prompt = await blobs.getText(frozen.prompt);
    expect(prompt.startsWith(systemPrompt('explore'))).toBe(true);
    expect(prompt.endsWith('Your role (reviewer)\nBe strict.')).toBe(true);
    const { permissions } = await readDefinitions(frozen.definitions, blobs);
    const judge = (tool: string): string =>
      judgeCall(permissions, { tool, subjects: ['x'] }).effect;
    expect([judge('read_file'), judge('webfetch'), judge('bash')]).toEqual([
      'allow',
      'deny',
      'deny',
    ]);
    // below it the same sets hold, and none is there twice
    const below = await frozenFor(
      { blobs, freezeAgent: freeze },
      { ...request, definitions: frozen.definitions },
    );
    expect(below.definitions).toEqual(frozen.definitions);
  });

  it('never becomes more than its profile: neither turns nor tools nor rights', () => {
    const frozen = {
      prompt: { digest: 'p', bytes: 1 },
      toolset: { digest: 't', bytes: 1 },
      tools: ['bash', 'glob'],
      maxTurns: 900,
      isReadOnly: false,
    };
    const profile = frozenInto(taskProfile('explore', 60), frozen);
    expect(profile.tools).toEqual(['glob']);
    expect(profile.isReadOnly).toBe(true);
    expect(profile.limits.maxTurns).toBe(60);
  });

  it('is told of agents only when it may start them, and of skills by one line each', async () => {
    const { blobs } = await desk();
    const definitions = await blobs.put(JSON.stringify(DEFINITIONS));
    const told = await definedText(definitions, { blobs, canHandOn: true });
    expect(told).toContain('Be brief.');
    expect(told).toContain('- reviewer: Reviews\n- fixer: Fixes');
    expect(told).toContain('- release: Make a release');
    expect(await definedText(definitions, { blobs, canHandOn: false })).not.toContain('reviewer');
  });

  it('that the definitions do not hold is a defect', async () => {
    const { blobs, freezeAgent: freeze } = await desk();
    await expect(
      frozenFor({ blobs, freezeAgent: freeze }, { kind: 'plan', named: 'nobody' }),
    ).rejects.toMatchObject({ code: 'ERR_AGENT_NOT_FROZEN' });
  });
});
