import { describe, expect, it } from 'vitest';
import { permissionSets } from '../../../src/config/rule-settings.js';
import { MOST_RULES } from '../../../src/domain/index.js';

const rules = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `edit(${at}/x)`);
const file = (deny: readonly string[], envelope?: object) => ({
  path: '/repo/codetether.toml',
  lineOf: () => 7,
  settings: { permissions: { deny: [...deny] }, ...(envelope === undefined ? {} : { envelope }) },
});

describe('the rules of a file', () => {
  it('are as many as a run takes along', () => {
    expect(permissionSets([file(rules(MOST_RULES.rules))])[0]?.rules).toHaveLength(200);
  });

  it('are refused with file and line when they are more', () => {
    const refused = expect.objectContaining({
      code: 'ERR_CONFIG_INVALID',
      exitCode: 2,
      message: expect.stringContaining('201 rules for calls in one file') as string,
      where: { file: '/repo/codetether.toml', field: 'permissions', line: 7 },
    }) as Error;
    expect(() => permissionSets([file(rules(201))])).toThrow(refused);
  });

  it('count with those that the envelope stands for', () => {
    expect(() => permissionSets([file(rules(196), { push: 'deny' })])).toThrow(
      '201 rules for calls in one file, those of [envelope] included; at most 200',
    );
  });
});
