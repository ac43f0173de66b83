import { describe, expect, it } from 'vitest';
import { readScript } from '../../../../src/rlm/script/script-source.js';
import { scriptTool } from '../../../../src/tools/orchestration/script-tool.js';
import { scriptOf } from '../../../support/script-bench.js';

const { parameters, description } = scriptTool;

describe('script', () => {
  it('is found by the bridge and started by the workflow', () => {
    expect([scriptTool.isDeferred, scriptTool.execution, scriptTool.access]).toEqual([
      true,
      'workflow',
      'execute',
    ]);
  });

  it('takes a source or a name, with any JSON for arguments', () => {
    for (const args of [undefined, null, 1, 'x', ['a'], { a: 1 }])
      for (const one of [{ source: 'x' }, { name: 'review' }])
        expect(parameters.parse({ ...one, ...(args === undefined ? {} : { args }) })).toEqual({
          ...one,
          ...(args === undefined ? {} : { args }),
        });
  });

  it.each([
    ['neither', {}],
    ['both', { source: 'x', name: 'y' }],
    ['an empty source', { source: '' }],
    ['a source that no call holds', { source: 'x'.repeat(32 * 1024 + 1) }],
    ['a path for a name', { name: '../x' }],
    ['a flag for a name', { name: '-x' }],
  ])('does not take %s', (_, given) => {
    expect(parameters.safeParse(given).success).toBe(false);
  });

  it('is titled by the name of the script, wherever that stands', () => {
    const title = (given: object) => scriptTool.title(parameters.parse(given));
    expect(title({ name: 'review' })).toBe('script: review');
    expect(title({ source: scriptOf('return 1;') })).toBe('script: test');
    expect(title({ source: 'export const meta = { name: `deep-look`, description: "x" }' })).toBe(
      'script: deep-look',
    );
    expect(title({ source: 'return 1;' })).toBe('script: a program');
    expect(title({ source: `name: ${' '.repeat(30_000)}x` })).toBe('script: a program');
  });

  it('describes the language with an example that can run', () => {
    for (const word of ['meta', 'agent(', 'parallel(', 'pipeline(', 'phase(', 'log(', 'args'])
      expect(description).toContain(word);
    const example = description.split('\n').find((line) => line.startsWith('Example: ')) ?? '';
    expect(readScript(scriptOf(example.replace('Example: ', '')))).toMatchObject({
      meta: { name: 'test' },
    });
    expect(description.length).toBeLessThan(1200);
  });
});
