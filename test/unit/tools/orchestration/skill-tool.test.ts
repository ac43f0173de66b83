import { describe, expect, it } from 'vitest';
import { NO_DEFINITIONS } from '../../../../src/domain/definitions/definitions.js';
import { toolDesk, type ToolDesk } from '../../../support/tool-desk.js';

const SKILLS = [
  {
    name: 'release',
    description: 'Make a release',
    source: '/s',
    body: 'Tag it.',
    files: ['a.sh'],
    folder: '.agents/skills/release',
  },
  { name: 'review', description: 'Review', source: '/t', body: 'Look.', files: [] },
];

async function call(
  desk: ToolDesk,
  args: object,
  changes: { skills?: string[]; none?: true } = {},
) {
  const { none, ...rest } = changes;
  const skills = none === true ? [] : SKILLS;
  const definitions = await desk.blobs.put(JSON.stringify({ ...NO_DEFINITIONS, skills }));
  const input = await desk.input([['skill', JSON.stringify(args)]], { definitions, ...rest });
  const result = await desk.run(input);
  return { ...result, text: await desk.blobs.getText(result.ref) };
}

describe('skill', () => {
  it('lists skills, and gives the text of one with its files', async () => {
    const desk = await toolDesk();
    expect((await call(desk, {})).text).toBe('- release: Make a release\n- review: Review');
    const taken = await call(desk, { name: 'release' });
    expect(taken.skill).toBe('release');
    expect(taken.text).toBe(
      '<skill_content name="release">\nTag it.\nIts folder is .agents/skills/release. Files in it, to read when needed:\n- .agents/skills/release/a.sh\n</skill_content>',
    );
    expect(taken.progress).toEqual(['skill:release']);
  });

  it('gives none twice, but to who cannot see it any more', async () => {
    const desk = await toolDesk();
    const again = await call(desk, { name: 'release' }, { skills: ['release'] });
    expect(again.text).toContain('You have taken up release already');
    expect(again.skill).toBeUndefined();
    const forced = await call(desk, { name: 'release', again: true }, { skills: ['release'] });
    expect(forced.text).toContain('Tag it.');
  });

  it('names those that there are to who asks for another', async () => {
    const desk = await toolDesk();
    expect((await call(desk, { name: 'relese' })).text).toBe(
      'There is no such skill. Did you mean release? Skills: release, review.',
    );
    expect((await call(desk, { name: 'release' }, { none: true })).text).toBe(
      'There are no skills here.',
    );
  });
});
