import { describe, expect, it } from 'vitest';
import { renderStoryPrompt } from '../../../../src/activities/workspace/story-prompt.js';
import type { StoryInput } from '../../../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { verificationStepSchema } from '../../../../src/domain/proof/verification.js';
import { RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { story } from '../../../support/stories.js';

const INPUT: StoryInput = {
  runId: 'run-1',
  story: story('US-001', {
    title: 'Login',
    description: 'As a user, I log in.',
    acceptanceCriteria: ['a form', 'a cookie'],
  }),
  attempt: 2,
  project: 'demo',
  feature: 'Accounts',
  technicalRequirements: ['no framework'],
  checks: [{ name: 'test', command: 'npm test', timeoutMs: 1000 }],
  options: RALPH_OPTIONS,
  lane: { id: 'lane', workdir: '.' },
  proofLane: { id: 'proof', workdir: '.' },
  base: 'abc',
  statePaths: [],
  prdPath: '/repo/prd.json',
  author: { name: 'Ada', email: 'ada@example.org' },
  branch: 'feature/accounts',
  feedback: null,
  setup: NO_SETUP,
  baseline: null,
};
const NOTHING = { guide: undefined, progress: '', history: '', feedback: '' };

describe('renderStoryPrompt', () => {
  it('holds the whole task, in one fixed order', () => {
    const prompt = renderStoryPrompt(INPUT, {
      guide: { path: 'AGENTS.md', text: 'Be brief.\n' },
      progress: 'US-000 taught us.',
      history: 'abc first\nREADME.md',
      feedback: 'Check test failed.',
    });
    expect(prompt).toBe(
      [
        '# US-001: Login',
        'Attempt 2 at US-001. Project: demo. Feature: Accounts.',
        'As a user, I log in.',
        '## Acceptance criteria\n- a form\n- a cookie',
        '## Technical requirements\n- no framework',
        '## Checks\nWhen you are done, the engine runs these on a clean checkout of your files. All must exit with 0. Tests and check scripts that exist already must keep passing as they are.\n- test: `npm test`',
        '## Project guide (AGENTS.md)\nBe brief.',
        '## Latest commits\nabc first\nREADME.md',
        '## Notes of earlier agents (progress.txt)\nUS-000 taught us.',
        '## What the attempt before this one was missing\nCheck test failed.',
        'Implement this story only. Do not commit: the engine commits what its checks prove. Do not edit the PRD or progress.txt. End with story_done.',
      ].join('\n\n'),
    );
  });

  it('says which checks do not exist yet', () => {
    const checks = [...INPUT.checks, { name: 'lint', command: 'make lint', timeoutMs: 1000 }];
    const input = { ...INPUT, checks, existing: ['npm test'] };
    expect(renderStoryPrompt(input, NOTHING)).toContain(
      '\n- test: `npm test`\n- lint: `make lint` (does not exist yet: it must pass from the story on that creates it)\n',
    );
  });

  it('tells what verifies this story, and that dependencies are there without network', () => {
    const steps = [
      { type: 'shell', command: 'make demo', expectOutputContains: ['a "b"'] },
      { type: 'file_exists', path: 'dist/*.js', glob: true },
      { type: 'shell', command: 'npm start' },
      { type: 'url', url: 'http://localhost:3000/', expectBodyContains: ['hi'] },
    ].map((step) => verificationStepSchema.parse(step));
    const step = { name: 'npm ci', command: 'npm ci', folder: 'app', timeoutMs: 1, lockFiles: [] };
    const setup = { ...NO_SETUP, source: 'detected' as const, steps: [step] };
    const input = { ...INPUT, story: story('US-001', { verificationSteps: steps }), setup };
    const prompt = renderStoryPrompt(input, NOTHING);
    expect(prompt).toContain(
      [
        '## Verification steps of this story',
        'They run after the checks and must hold as well.',
        '- make demo: `make demo`, output has "a \\"b\\""',
        "- exists dist/*.js: `compgen -G 'dist/*.js'`",
        '- GET http://localhost:3000/: `npm start & GET http://localhost:3000/` answers 200 with "hi"',
      ].join('\n'),
    );
    expect(prompt).toContain('## Dependencies\nThey are installed, and there is no network.');
    expect(prompt).toContain('- `npm ci` in app');
  });

  it('leaves out what there is nothing to say about', () => {
    const bare = { ...INPUT, story: story('US-001'), technicalRequirements: [], checks: [] };
    expect(renderStoryPrompt(bare, NOTHING)).not.toContain('## ');
  });
});
