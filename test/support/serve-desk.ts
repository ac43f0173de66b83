import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { openDesk, type ServeDesk } from '../../src/mcp/desk.js';
import { createServerFactory } from '../../src/mcp/server.js';
import { temporaryFolder } from './temporary-folder.js';

/** A folder that our MCP server serves, and a client of it. */
export interface ServeBench {
  readonly desk: ServeDesk;
  readonly config: Config;
  readonly client: Client;
  /** Calls a tool; the text of its answer, and whether it is an error. */
  readonly call: (
    name: string,
    input?: Record<string, unknown>,
  ) => Promise<{ text: string; isError: boolean }>;
}

/** What of the configuration our server looks at. */
export async function serveConfig(): Promise<Config> {
  const home = await temporaryFolder();
  return { home, worker: { isSandboxNamed: true } } as Config;
}

/** A served folder with `files`. */
export async function servedFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** Opens a bench; the client leaves when the test ends. */
export async function serveBench(files: Readonly<Record<string, string>>): Promise<ServeBench> {
  const config = await serveConfig();
  const folder = await servedFolder(files);
  const gone = new AbortController();
  const environment = { PATH: process.env['PATH'] };
  const desk = await openDesk(config, { folder, environment, signal: gone.signal });
  const server = (await createServerFactory(desk, '1.2.3'))();
  const [left, right] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(left), client.connect(right)]);
  onTestFinished(async () => {
    gone.abort(new Error('the test has ended'));
    await client.close();
  });
  return {
    desk,
    config,
    client,
    async call(name, input = {}) {
      const { content, isError = false } = await client.callTool({ name, arguments: input });
      const texts = content.map((part) => (part.type === 'text' ? part.text : part.type));
      return { text: texts.join('\n'), isError };
    },
  };
}
