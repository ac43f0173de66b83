import { describe, expect, it } from 'vitest';
import { agentScreen, agentTable, skillTable } from '../../../../src/cli/commands/definitions.js';
import type { ListedAgent } from '../../../../src/upkeep/list-definitions.js';

const AGENT: ListedAgent = {
  name: 'reviewer',
  description: 'Reviews\nchanges',
  access: 'read',
  tools: ['read', 'bash(git log)'],
  model: 'a/b',
  maxTurns: 5,
  permissions: { allow: ['read'], ask: [], deny: ['web'], default: 'ask' },
  source: '/r.md',
  prompt: 'Be strict.',
};

describe('what is shown of agents and skills', () => {
  it('is a table', () => {
    expect(agentTable([])).toBe('there are no agents of your own');
    expect(agentTable([AGENT])).toContain('Reviews changes');
    expect(skillTable([])).toBe('there are no skills');
    const skill = { name: 's', description: 'd', source: '/s', files: ['a', 'b'] };
    expect(skillTable([skill]).split('\n')[1]).toMatch(/^s\s+2\s+\/s\s+d/);
  });

  it('is everything about one agent', () => {
    expect(agentScreen(AGENT)).toBe(
      [
        'reviewer: Reviews\nchanges',
        'file     /r.md',
        'access   read',
        'tools    read, bash(git log)',
        'model    a/b',
        'turns    5',
        'rules',
        '  deny  web',
        '  allow read',
        '  default ask',
        '',
        'Be strict.',
      ].join('\n'),
    );
    const plain = { ...AGENT, tools: null, model: null, maxTurns: null, permissions: null };
    expect(agentScreen(plain)).toContain(
      'tools    all of its kind\nmodel    that of whoever starts it',
    );
  });
});
