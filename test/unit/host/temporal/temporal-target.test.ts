import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/domain/light/error.js';
import { externalTarget } from '../../../../src/host/temporal/temporal-target.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

function refusal(environment: Record<string, string>): InvalidInputError {
  try {
    externalTarget(environment);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('externalTarget', () => {
  it('is null when nothing names a server', async () => {
    expect(externalTarget({ HOME: await temporaryFolder() })).toBeNull();
  });

  it('takes address and namespace from the environment', async () => {
    const HOME = await temporaryFolder();
    expect(
      externalTarget({ HOME, TEMPORAL_ADDRESS: 'there:7233', TEMPORAL_NAMESPACE: 'mine' }),
    ).toMatchObject({
      kind: 'external',
      address: 'there:7233',
      namespace: 'mine',
    });
  });

  it('takes a profile from the named file', async () => {
    const file = join(await temporaryFolder(), 'temporal.toml');
    writeFileSync(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "n"\n');
    expect(externalTarget({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' })).toMatchObject({
      address: 'prod:7233',
    });
  });

  it('refuses a configuration file that does not exist, which would be ignored silently', () => {
    expect(refusal({ TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' })).toMatchObject({
      code: 'ERR_TEMPORAL_CONFIG',
      where: { file: '/nowhere/temporal.toml' },
    });
  });

  it('refuses an unknown key, an unknown profile and a key without an address', async () => {
    const file = join(await temporaryFolder(), 'temporal.toml');
    writeFileSync(file, '[profile.default]\nadress = "x:1"\n');
    expect(refusal({ TEMPORAL_CONFIG_FILE: file }).message).toContain('adress');
    writeFileSync(file, '[profile.default]\naddress = "x:1"\n');
    expect(refusal({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' }).message).toContain(
      'prod',
    );
    expect(refusal({ HOME: '/nowhere', TEMPORAL_API_KEY: 'k' }).message).toContain(
      'TEMPORAL_API_KEY',
    );
  });
});
