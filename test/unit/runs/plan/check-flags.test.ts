import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChecks, type CheckSources } from '../../../../src/runs/plan/plan-checks.js';
import { InvalidInputError } from '../../../../src/domain/light/error.js';

/** Nothing else names checks: whoever looks at the sources has not obeyed the flags. */
const NO_SOURCES = { prd: undefined, config: undefined } as unknown as CheckSources;

const names = fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,12}$/);
const commands = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => text.trim() !== '');

describe('--check NAME=COMMAND', () => {
  it('gives each check as it was written, in order, whatever its command holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, commands), { minLength: 1 }), async (checks) => {
        const check = checks.map(([name, command]) => `${name}=${command}`);
        expect(await planChecks({ check }, NO_SOURCES)).toEqual(
          checks.map(([name, command]) => ({
            name,
            command: command.trim(),
            timeoutMs: expect.any(Number),
            source: 'flag',
          })),
        );
      }),
    );
  });

  it('is a check or a usage error for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        try {
          const [check] = await planChecks({ check: [text] }, NO_SOURCES);
          expect(text.startsWith(`${check?.name}=`)).toBe(true);
          expect(check?.command).not.toBe('');
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          expect([error.code, error.where]).toEqual(['ERR_USAGE', { field: '--check' }]);
        }
      }),
    );
  });

  it.each(['', 'test', '=npm test', 'test=', 'test=  \n', '-x=true', 'a b=true', ' test=true'])(
    'does not take %j',
    async (text) => {
      await expect(planChecks({ check: [text] }, NO_SOURCES)).rejects.toMatchObject({
        code: 'ERR_USAGE',
        exitCode: 2,
      });
    },
  );

  it('excludes --no-checks', async () => {
    const flags = { check: ['test=true'], checks: false };
    await expect(planChecks(flags, NO_SOURCES)).rejects.toMatchObject({
      where: { field: '--no-checks' },
    });
    expect(await planChecks({ checks: false }, NO_SOURCES)).toEqual([]);
  });
});
