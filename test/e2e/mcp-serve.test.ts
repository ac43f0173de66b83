import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { servedFolder } from '../support/serve-desk.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

async function environment(): Promise<Record<string, string>> {
  const known = Object.entries(processEnvironment()).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(known), CODETETHER_HOME: await temporaryFolder() };
}

describe('codetether mcp serve', () => {
  it.each([
    ['auto', '2026-07-28'],
    ['legacy', '2025-11-25'],
  ] as const)(
    'serves a client of each age over its standard streams: %s',
    async (mode, protocol) => {
      const cwd = await servedFolder({ 'a.txt': 'one\n' });
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
      const args = [PROGRAM, 'mcp', 'serve'];
      const transport = new StdioClientTransport({
        command: process.execPath,
        args,
        cwd,
        env: await environment(),
        stderr: 'ignore',
      });
      onTestFinished(() => client.close());
      await client.connect(transport);
      expect(client.getNegotiatedProtocolVersion()).toBe(protocol);
      const text = async (name: string, input: Record<string, unknown> = {}): Promise<string> => {
        const { content } = await client.callTool({ name, arguments: input });
        return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
      };
      expect(await text('run_command', { command: 'cat a.txt' })).toMatch(/^one\n\[exit code 0/);
      expect(JSON.parse(await text('runs_list'))).toEqual({ runs: [] });
      expect(await text('run_status', { run_id: '01hx3v6m2q8w0c5r7t9y1z3b5d' })).toMatch(
        /ERR_RUN_NOT_FOUND/,
      );
      expect(await text('ralph_start', { prd_path: 'none.json' })).toMatch(/none\.json/);
    },
  );

  it('ends when its input is closed, with what was begun for it, and has said nothing but the protocol', async () => {
    const cwd = await servedFolder({});
    const child = spawn(process.execPath, [PROGRAM, 'mcp', 'serve'], {
      cwd,
      env: await environment(),
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    const opened = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.includes('"id":1')) resolve();
      });
    });
    const send = (message: object) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'test', version: '1' };
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    });
    await opened;
    send({ method: 'notifications/initialized' });
    send({
      id: 2,
      method: 'tools/call',
      params: { name: 'run_command', arguments: { command: 'sleep 600', timeout_s: 600 } },
    });
    child.stdin.end();
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    for (const line of said.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  it('refuses to serve a home directory', async () => {
    const cwd = await servedFolder({});
    const env = { ...(await environment()), HOME: cwd };
    const child = spawn(process.execPath, [PROGRAM, 'mcp', 'serve'], { cwd, env });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
    expect(errors).toContain('ERR_MCP_FOLDER');
  });
});
