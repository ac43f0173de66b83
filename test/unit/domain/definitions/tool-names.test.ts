import { describe, expect, it } from 'vitest';
import { REPL_TOOLS } from '../../../../src/contracts/light/defaults.js';
import {
  canonicalTool,
  groupsOf,
  NAMED_TOOLS,
  namedTool,
  toolGroup,
  toolsOfGroup,
} from '../../../../src/domain/definitions/tool-names.js';
import { toolRegistry } from '../../../support/tool-registry.js';

const WEB = ['a2a', 'webfetch', 'websearch'];

/** Tools of the seed, by their names there (codetether 0.1.4). */
const SEED = [
  'read',
  'write',
  'list',
  'glob',
  'grep',
  'edit',
  'multiedit',
  'apply_patch',
  'bash',
  'webfetch',
  'websearch',
  'batch',
  'task',
  'todoread',
  'todowrite',
  'question',
  'plan_enter',
  'plan_exit',
  'skill',
  'rlm',
  'prd',
  'ralph',
  'undo',
  'confirm_edit',
  'confirm_multiedit',
];

describe('the table of tools', () => {
  it('has every tool of the registry with its other names, and no other', async () => {
    const registry = await toolRegistry();
    const registered = registry
      .all()
      .filter(({ name }) => !REPL_TOOLS.includes(name))
      .map(({ name, aliases = [] }) => [name, [...aliases].toSorted()]);
    const named = NAMED_TOOLS.filter(({ name }) => !WEB.includes(name)).map(
      ({ name, others = [] }) => [
        name,
        [...others].filter((other) => other !== 'agent').toSorted(),
      ],
    );
    expect(named).toEqual(registered);
  });

  it('says of every tool that calls of paths, commands or hosts tell which', async () => {
    const registry = await toolRegistry();
    const silent = NAMED_TOOLS.filter(
      ({ name, subject }) => subject !== 'none' && registry.get(name)?.subjects === undefined,
    ).map(({ name }) => name);
    // a rename changes whatever uses the name, `undo` puts back whatever there was, and commands are typed in parts; without a web, and without agents elsewhere, there are no tools for it here
    expect(silent).toEqual(['a2a', 'bash_input', 'lsp_rename', 'undo', 'webfetch']);
  });

  it.each(SEED)('knows the tool %s of the seed', (name) => {
    expect(canonicalTool(name)).toBeDefined();
  });

  it('finds tools in every spelling, and groups by name', () => {
    expect(canonicalTool('TodoWrite')).toBe('todo_write');
    expect(canonicalTool('ASK-USER')).toBe('question');
    expect(canonicalTool('nothing')).toBeUndefined();
    expect(toolGroup('Web')).toBe('web');
    expect(toolGroup('question')).toBeUndefined();
    expect(toolsOfGroup('web')).toEqual(['webfetch', 'websearch']);
    expect(groupsOf('mcp__a__b')).toEqual(['mcp']);
    expect(groupsOf('unknown')).toEqual([]);
    expect(namedTool('bash')?.subject).toBe('command');
  });
});
