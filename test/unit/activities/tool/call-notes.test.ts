import { describe, expect, it } from 'vitest';
import {
  keptNotes,
  noteReach,
  type CallNotes,
} from '../../../../src/activities/tool/call-notes.js';
import { toolRegistry } from '../../../support/tool-registry.js';

async function noted(
  name: string,
  input: object,
  { isError, text = '' }: { readonly isError: boolean; readonly text?: string },
): Promise<CallNotes> {
  const registry = await toolRegistry();
  const checked = registry.parseCall({ id: 'c', name, arguments: JSON.stringify(input) });
  if (!checked.isValid) throw new Error(checked.explanation);
  const notes: CallNotes = { ruled: [], reaches: [] };
  noteReach(notes, checked, { isError, text });
  return notes;
}

describe('what is told of a call', () => {
  it('is what it reached for, under the title of the call, in one bounded line', async () => {
    const command = `cat ~/.ssh/id_rsa\n${'x'.repeat(5000)}`;
    const { reaches } = await noted('shell', { command }, { isError: false });
    expect(reaches).toHaveLength(1);
    expect(reaches[0]?.what).toBe('credentials of the person');
    expect(reaches[0]?.title).toMatch(/^bash: cat ~\/\.ssh\/id_rsa x/);
    expect(reaches[0]?.title.length).toBeLessThanOrEqual(100);
    expect(reaches[0]?.title).not.toContain('\n');
  });

  it('is nothing for what stays inside', async () => {
    expect((await noted('bash', { command: 'npm test' }, { isError: true })).reaches).toEqual([]);
    expect(
      (await noted('read_file', { path: 'a' }, { isError: true, text: 'a: no such file.' }))
        .reaches,
    ).toEqual([]);
  });

  it('is a refused path', async () => {
    const text = '/etc/passwd: outside the workspace; use a path relative to the working folder';
    expect(
      (await noted('read_file', { path: '/etc/passwd' }, { isError: true, text })).reaches,
    ).toEqual([{ title: 'read_file: /etc/passwd', what: 'files outside the workspace' }]);
  });

  it('is kept to a bound, and left out where there is none', () => {
    expect(keptNotes({ ruled: [], reaches: [] })).toEqual({});
    const reaches = Array.from({ length: 30 }, (_, at) => ({ title: `t${at}`, what: 'x' }));
    const ruled = reaches.map(({ title }) => ({ effect: 'deny' as const, rule: title }));
    const kept = keptNotes({ ruled, reaches });
    expect(kept.reaches).toEqual(reaches.slice(0, 25));
    expect(kept.innerRuled).toEqual(ruled.slice(0, 25));
  });
});
