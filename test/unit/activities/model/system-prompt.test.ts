import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { BUILD_SYSTEM_PROMPT } from '../../../../src/activities/model/system-prompt.js';
import { BUILD_TOOLS } from '../../../../src/contracts/light/defaults.js';
import { buildChatBody } from '../../../../src/providers/wires/openai/openai-request.js';
import { toolRegistry } from '../../../support/tool-registry.js';

/** The part of a request that is the same in every request: system prompt and tools, as it goes over the wire. */
function fixedText(): string {
  const body = buildChatBody(
    {
      model: 'm',
      messages: [{ role: 'system', content: BUILD_SYSTEM_PROMPT }],
      tools: registry.toolSchemas(BUILD_TOOLS),
    },
    { provider: 'p', quirks: {} },
  );
  return `${BUILD_SYSTEM_PROMPT}\n${JSON.stringify(body.tools)}`;
}

const registry = await toolRegistry();

describe('the fixed text of the build agent', () => {
  it('fits into 650 tokens without tools', () => {
    expect(encode(BUILD_SYSTEM_PROMPT).length).toBeLessThanOrEqual(650);
  });

  it('fits into 2,000 tokens with every tool', () => {
    expect(registry.toolSchemas(BUILD_TOOLS)).toHaveLength(BUILD_TOOLS.length);
    expect(encode(fixedText()).length).toBeLessThanOrEqual(2000);
  });

  it('is the same bytes for every run', () => {
    expect(fixedText()).toBe(fixedText());
  });

  it('names no language, machine, date or folder', () => {
    expect(BUILD_SYSTEM_PROMPT).not.toMatch(
      /npm|cargo|python|typescript|rust|\/home|\/tmp|20\d\d/i,
    );
  });

  it('names only tools that exist', () => {
    const named = ['glob', 'grep', 'edit', 'write_file', 'todo_write', 'bash', 'story_done'];
    expect(named.filter((name) => !BUILD_SYSTEM_PROMPT.includes(name))).toEqual([]);
    expect(named.filter((name) => registry.get(name) === undefined)).toEqual([]);
  });
});
