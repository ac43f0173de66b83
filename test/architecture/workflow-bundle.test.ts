import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { decode } from '@jridgewell/sourcemap-codec';
import { describe, expect, it } from 'vitest';
import { repository } from './source-files.js';

/** Built-ins that Temporal's bundler itself provides in the workflow sandbox. */
const PROVIDED = new Set(['assert', 'url', 'util']);

describe('workflow bundle', () => {
  const bundle = readFileSync(join(repository, 'dist/workflow-bundle.js'), 'utf8');

  it('holds our workflows', () => {
    expect(bundle.length).toBeGreaterThan(100_000);
    expect(bundle).toContain('agentWorkflow');
    expect(bundle).toContain('ralphWorkflow');
  });

  it('requires no Node built-in', () => {
    const required = [
      ...bundle.matchAll(/require\((?:\\?["'])(?:node:)?([\w/]+)(?:\\?["'])\)/g),
    ].map((match) => match[1] ?? '');
    const offenders = required.filter(
      (name) => builtinModules.includes(name) && !PROVIDED.has(name),
    );
    expect(offenders).toEqual([]);
  });

  it('holds no activity, provider or tool source', () => {
    const modules = [...bundle.matchAll(/dist\/(activities|providers|tools|platform|service)\//g)];
    expect(modules.map((match) => match[0])).toEqual([]);
  });

  it('takes one byte a letter in memory and brings no comments', () => {
    expect([...bundle.matchAll(/[^\n\x20-\x7e]/g)].map((match) => match[0])).toEqual([]);
    expect([...bundle.matchAll(/^\s*(?:\/\*|\/\/(?!# sourceMappingURL=)).*/gm)]).toEqual([]);
  });

  it('evaluates its modules once for all workflows of a worker, and lets schemas complete themselves', () => {
    const cache: Record<string, { exports: object }> = {};
    const world: {
      __webpack_module_cache__: typeof cache;
      __TEMPORAL__?: { preloadModules(): void; importWorkflows(): object };
    } = { __webpack_module_cache__: cache };
    new Script(bundle).runInContext(createContext(world));
    const before = Object.keys(cache).length;
    world.__TEMPORAL__?.preloadModules();
    const loaded = Object.keys(cache);
    expect(loaded.length).toBeGreaterThan(before + 100);
    const workflows = world.__TEMPORAL__?.importWorkflows();
    expect(Object.keys(cache)).toEqual(loaded);
    expect(Object.keys(workflows ?? {})).toContain('agentWorkflow');
    const ours = Object.entries(cache).filter(([name]) => name.startsWith('./dist/'));
    expect(ours.length).toBeGreaterThan(100);
    const open = ours.filter(([, { exports }]) => !Object.isFrozen(exports));
    expect(open.map(([name]) => name)).toEqual([]);
  });

  it('has a map that names the source of each line, once', () => {
    const [text = '', encoded = ''] = bundle.split(/\/\/# sourceMappingURL=.*?base64,/);
    const map: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString());
    const { sources, mappings } = map as { sources: string[]; mappings: string };
    const lines = decode(mappings);
    expect(Math.max(...lines.map((line) => line.length))).toBe(1);
    const at = text.split('\n').findIndex((line) => line.includes('function agentWorkflow('));
    const source = readFileSync(join(repository, 'src/workflows/agent/agent.ts'), 'utf8');
    const [, file = 0, line = 0] = lines[at]?.[0] ?? [];
    expect(sources[file]).toMatch(/\/src\/workflows\/agent\/agent\.ts$/);
    expect(source.split('\n')[line]).toContain('function agentWorkflow(');
  });
});
