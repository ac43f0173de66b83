import { describe, expect, it } from 'vitest';
import { parsePrd } from '../../../../src/domain/prd/json/json-prd.js';
import { renderPrd } from '../../../../src/domain/prd/render-prd.js';
import { type Prd } from '../../../../src/domain/prd/prd.js';
import { story } from '../../../support/stories.js';

describe('renderPrd', () => {
  it('writes what its own reader reads, with every story open', () => {
    const prd: Prd = {
      format: 'codetether',
      project: 'p',
      feature: 'f',
      branchName: 'feature/f',
      stories: [
        story('US-001', {
          acceptanceCriteria: ['a'],
          verificationSteps: [
            { type: 'shell', command: 'npm test', expectOutputContains: [], expectFilesGlob: [] },
            { type: 'file_exists', name: 'page', path: 'a.html', glob: false },
            {
              type: 'url',
              url: 'http://localhost/',
              method: 'GET',
              expectStatus: 204,
              expectBodyContains: ['x'],
              timeoutMs: 1500,
            },
          ],
        }),
        story('US-002', { passes: true, priority: 2, dependsOn: ['US-001'] }),
      ],
      technicalRequirements: ['t'],
      qualityChecks: [
        { name: 'test', command: 'npm test' },
        { name: 'docs', command: 'npm run docs' },
      ],
      notes: [],
    };
    const text = renderPrd(prd, '2026-01-01T00:00:00Z');
    expect(parsePrd(JSON.parse(text), 'prd.json')).toEqual({
      ...prd,
      stories: prd.stories.map((one) => ({ ...one, passes: false })),
    });
    expect(text.endsWith('}\n')).toBe(true);
  });
});
