import {
  CreateTaskResultV1Schema,
  GetTaskResultV1Schema,
} from '@modelcontextprotocol/ext-tasks/core/v1';
import {
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
} from '@modelcontextprotocol/ext-tasks/core/v2';
import { describe, expect, it } from 'vitest';
import { taskServer } from '../../../support/mcp-task-server.mjs';

/** The extension's own schemas judge the double by which our side is tested. */
const FORMS = {
  '2025': { create: CreateTaskResultV1Schema, get: GetTaskResultV1Schema },
  '2026': { create: CreateTaskResultV2Schema, get: GetTaskResultV2Schema },
};
const META = {
  'io.modelcontextprotocol/clientCapabilities': {
    extensions: { 'io.modelcontextprotocol/tasks': {} },
  },
};

describe.each(['2025', '2026'] as const)('the double for tasks of %s', (generation) => {
  const { create, get } = FORMS[generation];
  const ask = (server: ReturnType<typeof taskServer>, method: string, params: object) =>
    (server({ id: 1, method, params: { ...params } }) as { result: unknown }).result;

  it.each([
    ['completed', {}],
    ['failed', { ends: 'failed' }],
    ['cancelled', { ends: 'cancelled' }],
    ['input_required', { asks: true }],
  ])('answers in the form of the extension, up to %s', (state, input) => {
    const server = taskServer(generation);
    const call = { name: 'build', arguments: { looks: 0, ...input }, task: {}, _meta: META };
    expect(create.safeParse(ask(server, 'tools/call', call)).error).toBeUndefined();
    const read = get.safeParse(ask(server, 'tasks/get', { taskId: 'task-1' }));
    expect([read.error, read.data?.status]).toEqual([undefined, state]);
  });
});
