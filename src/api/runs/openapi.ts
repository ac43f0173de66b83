import { z } from 'zod';
import {
  artifactListSchema,
  eventSchema,
  failureSchema,
  listSchema,
  runDocumentSchema,
  runPageSchema,
  startSchema,
  tellSchema,
} from './schemas.js';

const SCHEMAS = {
  Start: startSchema,
  Tell: tellSchema,
  Run: runDocumentSchema,
  RunPage: runPageSchema,
  Artifacts: artifactListSchema,
  Event: eventSchema,
  Failure: failureSchema,
} as const;

type SchemaName = keyof typeof SCHEMAS;

/** The description of the routes below `/v1/runs`, in OpenAPI 3.1, made of the schemas that requests are read with. */
export function openApiDocument(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'CodeTether runs',
      version,
      description:
        'Coding agents as durable runs: start them, follow them, answer them, read what they made.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
    },
  };
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function paths(): Record<string, unknown> {
  const run = [pathParameter('run', 'Id of the run.')];
  return {
    '/v1/runs': {
      post: operation('startRun', 'Start a run', {
        body: 'Start',
        parameters: [
          headerParameter('Idempotency-Key', 'The message_id, where the body has none.'),
        ],
        answers: { 201: json('The run.', 'Run') },
      }),
      get: operation('listRuns', 'List runs, newest state first', {
        parameters: queryParameters(listSchema),
        answers: { 200: json('A page.', 'RunPage') },
      }),
    },
    '/v1/runs/{run}': {
      get: operation('getRun', 'A run as it stands', {
        parameters: run,
        answers: { 200: json('The run.', 'Run') },
      }),
    },
    '/v1/runs/{run}/events': {
      get: operation('followRun', 'What happens, until the end (server-sent events)', {
        parameters: [
          ...run,
          headerParameter('Last-Event-ID', 'Number of the last event that was seen.'),
          { name: 'cursor', in: 'query', schema: { type: 'integer', minimum: 0 } },
        ],
        answers: {
          200: {
            description: 'Events, each with its number as id; the data of one is an Event.',
            content: { 'text/event-stream': { schema: reference('Event') } },
          },
          204: { description: 'The run has ended, and nothing is behind that event.' },
        },
      }),
    },
    ...furtherPaths(run),
  };
}

function furtherPaths(run: readonly object[]): Record<string, unknown> {
  return {
    '/v1/runs/{run}/messages': {
      post: operation('tellRun', 'Answer what the run asks', {
        body: 'Tell',
        parameters: run,
        answers: { 200: json('The run.', 'Run') },
      }),
    },
    '/v1/runs/{run}/cancel': {
      post: operation('cancelRun', 'Stop a run and everything below it', {
        parameters: run,
        answers: { 200: json('The run.', 'Run') },
      }),
    },
    '/v1/runs/{run}/artifacts': {
      get: operation('listArtifacts', 'What the run made', {
        parameters: run,
        answers: { 200: json('The artifacts.', 'Artifacts') },
      }),
    },
    '/v1/runs/{run}/artifacts/{artifact}': {
      get: operation('getArtifact', 'The whole of an artifact', {
        parameters: [...run, pathParameter('artifact', 'Id of the artifact.')],
        answers: {
          200: {
            description: 'Its text; X-Media-Type names its type.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      }),
    },
  };
}

interface OperationParts {
  readonly body?: SchemaName;
  readonly parameters: readonly object[];
  readonly answers: Readonly<Record<number, object>>;
}

function operation(operationId: string, summary: string, parts: OperationParts): object {
  const { body, parameters, answers } = parts;
  return {
    operationId,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: reference(body) } },
          },
        }),
    responses: { ...answers, default: json('What went wrong.', 'Failure') },
  };
}

function json(description: string, name: SchemaName): object {
  return { description, content: { 'application/json': { schema: reference(name) } } };
}

function reference(name: SchemaName): object {
  return { $ref: `#/components/schemas/${name}` };
}

function pathParameter(name: string, description: string): object {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } };
}

function headerParameter(name: string, description: string): object {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function queryParameters(schema: z.ZodType): object[] {
  const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, object> };
  return Object.entries(properties).map(([name, one]) => ({ name, in: 'query', schema: one }));
}
