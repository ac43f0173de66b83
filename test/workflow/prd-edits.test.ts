import { describe, expect, it } from 'vitest';
import type { Story } from '../../src/domain/run/story.js';
import type { FakeScript } from '../support/fake-activities.js';
import { endedRecord, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();

const planned = [story('US-001'), story('US-002'), story('US-003')];

/** A PRD that holds `edited` from the second look on. */
function editedTo(edited: readonly Story[], problem: string | null = null): FakeScript {
  let looks = 0;
  return {
    refreshPrd: () => {
      looks += 1;
      if (looks === 1) return { digest: 'one', stories: [...planned], problem: null };
      if (looks > 2) return { digest: 'two', stories: null, problem: null };
      return { digest: 'two', stories: problem === null ? [...edited] : null, problem };
    },
  };
}

describe('a PRD that people edit during the run', () => {
  it('gives its new stories, its new text, and what was ticked or taken out by hand', async () => {
    const script = editedTo([
      story('US-001'),
      story('US-002', { passes: true }),
      story('US-004', { title: 'New' }),
    ]);
    await withRalph(environment(), { script, input: { stories: planned } }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual([
        'US-001 passed 1',
        'US-002 passed 0',
        'US-003 skipped 0',
        'US-004 passed 1',
      ]);
      expect(record.notes).toEqual([
        'US-004: added in the PRD during the run',
        'US-002: changed in the PRD during the run',
        'US-003: removed in the PRD during the run',
      ]);
    });
  });

  it('is left alone when it has become nonsense, and the run says so once', async () => {
    const script = editedTo([], 'line 3: comma expected');
    await withRalph(environment(), { script, input: { stories: planned } }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(record.status).toBe('passed');
      expect(record.notes).toEqual(['the PRD is left as it was: line 3: comma expected']);
    });
  });

  it('is left alone when its stories would wait for each other', async () => {
    const script = editedTo([
      story('US-001'),
      story('US-002', { dependsOn: ['US-003'] }),
      story('US-003', { dependsOn: ['US-002'] }),
    ]);
    await withRalph(environment(), { script, input: { stories: planned } }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1', 'US-002 passed 1', 'US-003 passed 1']);
      expect(record.notes[0]).toMatch(/^the PRD is left as it was: .*circle/);
    });
  });
});

describe('people outside', () => {
  it('are told of the end when they want to know, and of nothing else', async () => {
    await withRalph(
      environment(),
      { input: { stories: [story('US-001')], notify: ['end'] } },
      async (run) => {
        await endedRecord(run.handle);
        expect(run.fake.calls.filter((name) => name.startsWith('notifyRun'))).toEqual([
          'notifyRun end',
        ]);
      },
    );
  });

  it('are not told at all when nobody asked for it', async () => {
    await withRalph(environment(), { input: { stories: [story('US-001')] } }, async (run) => {
      await endedRecord(run.handle);
      expect(run.fake.calls.filter((name) => name.startsWith('notifyRun'))).toEqual([]);
    });
  });
});
