import { describe, expect, it } from 'vitest';
import { login } from '../../../../src/cli/auth/login.js';
import type { CommandContext } from '../../../../src/cli/context.js';
import { doubleServer } from '../../../support/mcp-bench.js';

const http = (name: string, auth: 'vault' | 'oauth' | 'none') => ({
  ...doubleServer(''),
  name,
  transport: { kind: 'http' as const, url: 'https://mcp.example.org', auth },
});

describe('auth login', () => {
  it.each(['mcp/other', 'mcp/keyed', 'mcp/open', 'mcp/double', 'oauth', 'openai'])(
    'is for servers that want one: not for %s',
    async (name) => {
      const mcp = [
        http('keyed', 'vault'),
        http('open', 'none'),
        http('oauth', 'oauth'),
        doubleServer(''),
      ];
      const context = { config: { worker: { mcp } } } as unknown as CommandContext;
      await expect(login(name, {}, context)).rejects.toMatchObject({
        code: 'ERR_MCP_LOGIN',
        hint: expect.stringContaining('auth = "oauth"') as string,
      });
    },
  );
});
