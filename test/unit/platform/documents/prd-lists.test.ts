import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Prd } from '../../../../src/domain/prd/prd.js';
import { parsePrdText } from '../../../../src/platform/documents/prd-document.js';

const folder = new URL('../../../fixtures/prd-lists/', import.meta.url);

function read(name: string): Prd {
  return parsePrdText(readFileSync(new URL(name, folder), 'utf8'), name);
}

/** File, format, ids to do, ids passed, and how many items of the file are open: counted by a person. */
const LISTS: readonly (readonly [string, Prd['format'], string, string, number])[] = [
  ['agent-todos.json', 'ralphy-tasks', 'T-002 T-003', 'T-001', 2],
  ['backlog-task.md', 'backlog-md', 'task-7', '', 1],
  ['beads-epics.jsonl', 'beads', 'bd-10.1 bd-10.2 bd-12', '', 5],
  ['beads.jsonl', 'beads', 'bd-2', 'bd-1', 1],
  ['bmad-notes.md', 'ralph-tui-markdown', 'STORY-6-5a', '', 1],
  ['bmad-story.md', 'ralph-tui-markdown', 'STORY-1-2', '', 1],
  ['bold-headings.md', 'ralph-tui-markdown', 'US-001', 'US-002', 2],
  ['ccpm-closed.md', 'backlog-md', '', 'T-001', 0],
  ['ccpm-task.md', 'backlog-md', 'TASK-008', '', 1],
  ['codetether-strings.json', 'codetether', 'US-001', '', 1],
  ['conductor-plan.md', 'ralphy-markdown', 'T-002 T-003 T-004', 'T-001', 3],
  ['criteria-objects.json', 'snarktank', 'US-001', '', 1],
  ['dash-headings.md', 'ralph-tui-markdown', 'US-001 US-002', '', 2],
  ['described-tasks.json', 'ralphy-tasks', '2', '1', 1],
  ['epics.json', 'ralphy-tasks', 'C-2 P-1', 'C-1', 3],
  ['fenced.json', 'snarktank', 'US-001', '', 1],
  ['indented-lists.md', 'ralphy-markdown', 'T-001 T-002 T-003 T-005', 'T-004', 7],
  ['kiro-tasks.md', 'ralphy-markdown', 'T-002 T-003 T-004', 'T-001', 3],
  ['letter-stories.md', 'ralph-tui-markdown', 'STORY-6-5a STORY-6-5b', '', 2],
  ['level-1-headings.md', 'ralph-tui-markdown', 'US-001 US-002', '', 2],
  ['marked-headings.md', 'ralph-tui-markdown', 'US-004', 'US-001 US-002', 3],
  ['named-tasks.json', 'ralphy-tasks', 'T1 T2', '', 4],
  ['nested-boxes.md', 'ralphy-markdown', 'T-001 T-003', 'T-002', 3],
  ['no-project.json', 'snarktank', 'US-001', '', 1],
  ['null-dependency.json', 'snarktank', 'US-001 US-002', '', 2],
  ['odd-boxes.md', 'ralphy-markdown', 'T-001 T-002 T-003 T-004 T-005', 'T-006', 7],
  ['openspec-tasks.md', 'ralphy-markdown', 'T-002 T-003', 'T-001', 2],
  ['plan-parts.md', 'ralph-tui-markdown', 'STEP-1 STEP-3 STEP-1-2', 'STEP-2', 3],
  ['plan-steps.md', 'ralph-tui-markdown', 'TASK-1 TASK-2', '', 2],
  ['project-name.json', 'snarktank', 'S1', '', 1],
  ['rules-only.md', 'ralphy-markdown', 'T-001', 'T-002', 1],
  ['snake-case-criteria.json', 'snarktank', 'S1', '', 1],
  ['spec-kit-phases.md', 'ralphy-markdown', 'T002 T003 T004 T005 T006', 'T001', 5],
  ['spec-kit-spec.md', 'ralph-tui-markdown', 'STORY-1 STORY-2', '', 2],
  ['spec-kit-tasks.md', 'ralphy-markdown', 'T002 T003 T004', 'T001', 3],
  ['status-instead-of-passes.json', 'snarktank', 'B', 'A', 1],
  ['stories-key.json', 'snarktank', 'S02-file', 'S01-setup', 1],
  ['string-flags.json', 'snarktank', '1', '2', 1],
  ['taskmaster-tagged.json', 'task-master', '2', '1', 1],
  ['taskmaster-tags.json', 'task-master', '3 4', '1', 5],
  ['taskmaster.json', 'task-master', '3', '1 2', 2],
  ['tasks-done.json', 'ralphy-tasks', 'T4', 'T1 T2 T3', 1],
  ['ticket.md', 'backlog-md', 'lb-5c46', '', 1],
  ['trailing-comma.json', 'snarktank', 'US-001', '', 1],
  ['two-lists.json', 'snarktank', 'A', '', 2],
  ['unclosed-fence.md', 'ralphy-markdown', 'T-001', '', 2],
  ['wrapped.json', 'snarktank', 'B', 'A', 1],
];

const notesOf = (name: string): string[] =>
  read(name).notes.map(({ message, where }) => `${where.line ?? '?'} ${message}`);
const criteriaOf = (name: string): string[][] =>
  read(name).stories.map(({ acceptanceCriteria }) => acceptanceCriteria);

describe('a task list of another tool', () => {
  it('has a row for every fixture', () => {
    expect(readdirSync(folder).sort()).toEqual(LISTS.map(([name]) => name).sort());
  });

  it.each(LISTS)('%s is read as %s', (name, ...[format, open, passed, items]) => {
    const prd = read(name);
    const ids = (passes: boolean): string =>
      prd.stories
        .filter((story) => story.passes === passes)
        .map(({ id }) => id)
        .join(' ');
    const toDo = prd.stories.filter((story) => !story.passes).length;
    const named = prd.notes.reduce((sum, note) => sum + note.items, 0);
    expect([prd.format, ids(false), ids(true), toDo + named]).toEqual([
      format,
      open,
      passed,
      items,
    ]);
    for (const note of prd.notes) expect(note.where.line, note.message).toBeGreaterThan(0);
  });

  it('brings everything that says what the work is into the text of its story', () => {
    expect(read('taskmaster.json').stories[2]).toMatchObject({
      priority: 3,
      dependsOn: ['2'],
      description:
        'Form with email.\n\nDetails: Use a hook. Validate the email.\n\nTest strategy: Unit tests of the validation.\n\n' +
        'Subtasks:\n- (done) Schema: Validation schema\n- Hook: Form hook',
    });
    expect(criteriaOf('snake-case-criteria.json')).toEqual([
      ['CRITERION-ONE is in plan.md', 'CRITERION-TWO is in plan.md'],
    ]);
    expect(criteriaOf('string-flags.json')).toEqual([['a.txt exists'], ['c']]);
    expect(criteriaOf('bmad-story.md')).toEqual([
      ['Each book is a row', 'An empty list shows a hint'],
    ]);
    expect(read('bmad-story.md').stories[0]?.description).toBe(
      'As a reader,\nI want to see my books,\nso that I can choose one.\n\nTasks / Subtasks\n\n' +
        '- Make the page (AC: 1)\n  - Row component\n- Empty state (AC: 2)',
    );
    expect(criteriaOf('backlog-task.md')).toEqual([
      ['Each book is a row', 'An empty list shows a hint', 'Tests pass'],
    ]);
    expect(criteriaOf('spec-kit-spec.md')[0]).toEqual([
      'Given no album, When one is made, Then it is shown',
      'Given an album, When a photo is added, Then it is inside',
    ]);
    expect(criteriaOf('ccpm-task.md')).toEqual([
      ['The page names the member', 'A free book says so', 'Tests pass'],
    ]);
    expect(criteriaOf('named-tasks.json')[0]).toEqual(['acceptance: Types compile']);
    expect(read('letter-stories.md').stories[1]?.description).toBe(
      'Depends on: a working mail server',
    );
    expect(read('plan-steps.md').stories[0]?.description).toContain("test('stores', () => {});");
    expect(read('odd-boxes.md').technicalRequirements).toEqual([
      'Definition of Done:\n- All tests pass\n- Code is reviewed',
    ]);
    expect(read('epics.json').stories[1]).toMatchObject({
      description: 'Part of: Cart\nWhat people buy',
      dependsOn: ['C-1'],
    });
  });

  it('turns commands into steps of verification, and large numbers into the largest size', () => {
    const shell = (command: string) => ({
      type: 'shell',
      command,
      expectOutputContains: [],
      expectFilesGlob: [],
    });
    expect(read('codetether-strings.json').stories[0]).toMatchObject({
      complexity: 5,
      acceptanceCriteria: ['a.txt exists'],
      verificationSteps: [shell('test -f a.txt')],
    });
    expect(read('criteria-objects.json').stories[0]).toMatchObject({
      acceptanceCriteria: ['a.txt exists'],
      verificationSteps: [shell('test -f a.txt')],
    });
  });

  it('orders by ranks that count from 0, by words, and by what comes first', () => {
    const order = (name: string) =>
      read(name).stories.map(({ id, priority, dependsOn }) => [id, priority, dependsOn]);
    expect(order('beads-epics.jsonl')).toEqual([
      ['bd-10.1', 3, []],
      ['bd-10.2', 1, ['bd-10.1']],
      ['bd-12', 3, ['bd-10.1', 'bd-10.2']],
    ]);
    expect(order('beads.jsonl')).toEqual([
      ['bd-1', 2, []],
      ['bd-2', 1, ['bd-1']],
    ]);
    expect(order('taskmaster-tags.json')).toEqual([
      ['1', 3, []],
      ['3', 3, ['1']],
      ['4', 3, ['3']],
    ]);
    expect(order('spec-kit-tasks.md')[3]).toEqual(['T004', 1, ['T002', 'T003']]);
    expect(order('spec-kit-phases.md')[3]).toEqual(['T004', 1, ['T003']]);
    expect(order('letter-stories.md')[1]).toEqual(['STORY-6-5b', 2, ['STORY-6-5a']]);
    expect(order('plan-parts.md')[2]).toEqual(['STEP-3', 3, ['STEP-1']]);
    expect(order('ccpm-task.md')).toEqual([['TASK-008', 2, []]]);
    expect(order('marked-headings.md')[2]).toEqual(['US-004', 1, ['US-001']]);
  });

  it('names what it does not take over, with the line', () => {
    expect(notesOf('taskmaster.json')).toEqual(['7 "Old idea" is cancelled and not worked on']);
    expect(notesOf('taskmaster-tags.json')).toEqual([
      '3 feature-x.tasks is not read (1 of 1 to do): for these, name a file that holds only this list',
      '13 passed, and 1 of its parts are not',
      '25 "Two" is deferred and not worked on',
      '36 depends on 2, which is not worked on: left out',
    ]);
    expect(notesOf('nested-boxes.md')).toEqual([
      '7 "2.1 Empty state" is open, but the task above it is ticked: not worked on',
    ]);
    expect(notesOf('null-dependency.json')).toEqual(['3 names no story and is left out']);
    expect(notesOf('indented-lists.md')).toEqual([
      '10 "> - [ ] Quoted" is not a box that can be read: not worked on',
      '11 "- [ ]" is not a box that can be read: not worked on',
      '13 "Dropped" is struck through and not worked on',
    ]);
    expect(notesOf('wrapped.json')).toEqual([
      '14 status "half way" is not a word that is known: read as work to do',
    ]);
    expect(notesOf('named-tasks.json')).toEqual([
      '12 "Reminders by mail" stands beside the lists that are read: not worked on',
      '14 bugs is not read (1 of 2 to do): for these, name a file that holds only this list',
    ]);
    expect(notesOf('bmad-notes.md')).toEqual([
      '4 waits for STORY-6-1, which this file does not hold: see to it that it is done',
      '4 waits for STORY-6-2, which this file does not hold: see to it that it is done',
      '4 waits for working mail server, which this file does not hold: see to it that it is done',
      '5 Priority must be a whole number (1 is the highest), P1 to P9, or critical, high, medium, low: read as none',
      '17 "Add a test of two returns" and 1 more open boxes stand in what a tool wrote about its own work: not worked on',
    ]);
    expect(notesOf('letter-stories.md')).toEqual([
      '13 "a working mail server" is no story of this file: it is part of the text of STORY-6-5b, and no order',
    ]);
    expect(notesOf('ccpm-closed.md')).toEqual(['1 called done, and 1 of its boxes are open']);
    expect(notesOf('ccpm-task.md')).toEqual([
      '1 waits for 7, which this file does not hold: see to it that they are done',
    ]);
    expect(notesOf('backlog-task.md')).toEqual([
      '1 waits for task-6, which this file does not hold: see to it that they are done',
    ]);
  });

  it('tells when flags and status of one story contradict', () => {
    const text =
      '{"userStories":[\n{"id":"A","title":"a","passes":false,"status":"completed"},\n' +
      '{"id":"B","title":"b","passes":true,"done":false,"status":"todo"}]}';
    const prd = parsePrdText(text, 'prd.json');
    expect(prd.stories.map(({ passes }) => passes)).toEqual([false, true]);
    expect(prd.notes.map(({ message }) => message)).toEqual([
      'status is "completed" and passes is false: passes counts',
      'done is false and passes is true: passes counts',
      'status is "todo" and passes is true: passes counts',
    ]);
  });
});
