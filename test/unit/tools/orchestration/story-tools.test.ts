import { describe, expect, it } from 'vitest';
import {
  storyDoneTool,
  todoReadTool,
  todoWriteTool,
} from '../../../../src/tools/orchestration/story-tools.js';

describe('story_done', () => {
  it('asks for a status and a summary, and fills in what was left out', () => {
    const input = storyDoneTool.parameters.parse({ status: 'done', summary: 'made it' });
    expect(input).toEqual({ status: 'done', summary: 'made it', learnings: [], blockers: [] });
    expect(storyDoneTool.title(input)).toBe('story_done: done');
  });

  it.each([
    { status: 'finished', summary: '' },
    { status: 'done' },
    { status: 'blocked', summary: '', blockers: 'the network' },
    { status: 'done', summary: 'x'.repeat(4001) },
    { status: 'done', summary: '', learnings: Array.from({ length: 21 }, () => 'a') },
  ])('refuses %j', (input) => {
    expect(storyDoneTool.parameters.safeParse(input).success).toBe(false);
  });
});

describe('the to-do tools', () => {
  it('take the whole list, and name its length', () => {
    const input = { todos: [{ content: 'write a test', status: 'in_progress' }] };
    expect(todoWriteTool.parameters.parse(input)).toEqual(input);
    expect(todoWriteTool.title(input)).toBe('todo_write: 1 items');
    expect(todoReadTool.title({})).toBe('todo_read');
  });

  it.each([
    { todos: [{ content: '', status: 'done' }] },
    { todos: [{ content: 'a', status: 'later' }] },
    { todos: Array.from({ length: 101 }, () => ({ content: 'a', status: 'done' })) },
  ])('refuse an entry or a list that is out of bounds', (input) => {
    expect(todoWriteTool.parameters.safeParse(input).success).toBe(false);
  });
});
