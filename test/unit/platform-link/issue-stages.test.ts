import { describe, expect, it } from 'vitest';
import { isReleased, linkBench, until } from '../../support/platform-server/link-bench.js';

describe('the stages of one issue', () => {
  it('keep conversation, workspace and branch, and a review gives its verdict', async () => {
    const bench = await linkBench();
    const { server, tasks, start } = bench;
    const answers = {
      prepare: 'ready',
      code: 'written',
      review: 'A test is missing.\n**CHANGES_REQUESTED**',
      fix: 'fixed',
    };
    tasks.onTask = (task) => {
      const stage = Object.keys(answers)[tasks.tasks.length - 1] as keyof typeof answers;
      tasks.say(task, { kind: 'status', state: 'working' });
      const branch = JSON.stringify({ branch: 'codetether/issue-7', head_commit: 'bbb' });
      tasks.say(task, { kind: 'artifact', id: 'branch', text: branch });
      tasks.say(task, { kind: 'artifact', id: 'answer', text: answers[stage] });
      tasks.say(task, { kind: 'status', state: 'completed' });
    };
    let link = start({ workspaces: [{ name: 'shop', path: '/srv/shop' }] });
    let parent: string | undefined;
    for (const stage of Object.keys(answers)) {
      const isFirst = stage === 'prepare';
      const { id } = server.addTask({
        codebase: isFirst ? 'id-of-shop' : 'global',
        metadata: {
          workflow_stage: stage,
          forgejo_work_key: 'a/b#7',
          parent_task_id: parent,
          temporal_workflow_id: 'flow-7',
        },
      });
      await until(
        () => isReleased(link, id),
        () => link.events,
      );
      expect(server.tasks.get(id)?.facts).toMatchObject({
        workflow_stage: stage,
        branch_name: 'codetether/issue-7',
        head_sha: 'bbb',
      });
      parent = id;
      // another process goes on with the session
      await link.stop();
      link = start({ workspaces: [{ name: 'shop', path: '/srv/shop' }] });
    }
    const orders = tasks.tasks.map(({ order }) => order);
    expect(orders.map(({ skill, place }) => [skill, place])).toEqual(
      orders.map(() => ['code', { kind: 'workspace', name: 'shop' }]),
    );
    expect(new Set(tasks.tasks.map(({ contextId }) => contextId)).size).toBe(1);
    expect(orders.map(({ branch }) => branch)).toEqual([
      undefined,
      'codetether/issue-7',
      'codetether/issue-7',
      'codetether/issue-7',
    ]);
    const verdicts = [...server.tasks.values()].map(({ facts }) => facts['verdict']);
    expect(verdicts).toEqual([undefined, undefined, 'CHANGES_REQUESTED', undefined]);
  });
});
