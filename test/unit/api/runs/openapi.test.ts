import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAKE_TASK } from '../../../support/fake-tasks.js';
import { runsBench } from '../../../support/runs-bench.js';

describe('the description of the routes', () => {
  it('is valid OpenAPI 3.1, and needs no token', async () => {
    const { ask } = await runsBench();
    const { body, status } = await ask('/openapi.json', {}, 'none');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
    const validator = new Validator();
    const result = await validator.validate(body as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('describes every route that there is, and what it is read with', async () => {
    const { ask } = await runsBench();
    const { body } = await ask('/openapi.json');
    const { paths, components } = body as {
      paths: Record<string, Record<string, { operationId: string }>>;
      components: { schemas: Record<string, { required?: string[]; properties?: object }> };
    };
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        const real = path.replace('{run}', FAKE_TASK).replace('{artifact}', 'a');
        const { text } = await ask(real, { method: method.toUpperCase() });
        expect(text, `${method} ${path}`).not.toContain('ERR_API_PATH');
      }
    expect(components.schemas['Start']?.required).toEqual(['skill']);
    expect(Object.keys(components.schemas['Start']?.properties ?? {})).toContain('auto_approve');
  });
});

describe('any request', () => {
  it('whatever is sent is never a failure of the server', async () => {
    const { ask } = await runsBench();
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH');
    const part = fc.constantFrom(
      'v1',
      'runs',
      FAKE_TASK,
      'events',
      'messages',
      'cancel',
      'artifacts',
      '%00',
      '..',
      'x',
    );
    const path = fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record(
          {
            skill: fc.constantFrom('code', 'chat', 'x', 7),
            text: fc.oneof(fc.string(), fc.jsonValue()),
            parts: fc.jsonValue(),
            limits: fc.jsonValue(),
            place: fc.jsonValue(),
            message_id: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value)),
    );
    const type = fc.constantFrom(
      'application/json',
      'text/plain',
      'application/json; charset=utf-16',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(method, path, fc.tuple(body, type), async (how, where, [what, kind]) => {
        const init =
          how === 'GET' ? {} : { method: how, headers: { 'content-type': kind }, body: what };
        const { status } = await ask(where, init);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  }, 30_000);
});
