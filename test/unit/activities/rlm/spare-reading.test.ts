import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SpareReading } from '../../../../src/activities/rlm/spare-reading.js';
import { InfrastructureError } from '../../../../src/domain/light/error.js';

const told = { message: 'not there', hint: 'none', isRetryable: false };
const disk = Object.assign(new Error('EIO: read'), { code: 'EIO', errno: -5 });
const CHANGED = 'a note of it is not what it was written as';
const notJson = (): Promise<unknown> => Promise.resolve().then(() => JSON.parse('{') as unknown);
const notIt = (): Promise<unknown> => Promise.resolve().then(() => z.string().parse(1));
const fail = (error: Error) => (): Promise<unknown> => Promise.reject(error);

describe('reading of what the work can do without', () => {
  it.each([
    ['a blob that is gone', fail(new InfrastructureError('ERR_BLOB_MISSING', told)), 'not there'],
    ['what is no JSON', notJson, CHANGED],
    ['JSON of something else', notIt, CHANGED],
  ])('leaves out %s, and says why', async (_name, read, problem) => {
    const reading = new SpareReading(1);
    expect(await reading.of(read, 'nothing')).toBe('nothing');
    expect(await reading.of(async () => 'there', 'nothing')).toBe('there');
    expect(reading.problem).toBe(problem);
  });

  it.each([
    ['a vault that is closed', new InfrastructureError('ERR_VAULT_SEALED', told)],
    ['a defect', new TypeError('no function')],
    ['a disk that stumbles once or twice', disk],
  ])('ends with %s', async (_name, error) => {
    const reading = new SpareReading(2);
    await expect(reading.of(fail(error), 'nothing')).rejects.toBe(error);
    expect(reading.problem).toBeUndefined();
  });

  it('leaves out what a disk does not give the third time either', async () => {
    const reading = new SpareReading(3);
    expect(await reading.of(fail(disk), 'nothing')).toBe('nothing');
    expect(reading.problem).toBe('EIO: read');
  });
});
