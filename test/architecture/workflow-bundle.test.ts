import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
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
});
