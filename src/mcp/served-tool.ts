import { z } from 'zod';
import type { ServeDesk } from './desk.js';

/** What a tool of our server answers. */
export interface ServedAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** A tool of our server. */
export interface ServedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly isReading: boolean;
  /** Answers arguments as they came; never throws for what is wrong with them. */
  readonly call: (input: unknown, desk: ServeDesk, signal: AbortSignal) => Promise<ServedAnswer>;
}

interface Definition<Schema extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly parameters: Schema;
  readonly isReading?: boolean;
  readonly run: (
    input: z.infer<Schema>,
    desk: ServeDesk,
    signal: AbortSignal,
  ) => Promise<ServedAnswer>;
}

/** A tool that checks its arguments before it runs. */
export function servedTool<Schema extends z.ZodType>({
  name,
  description,
  parameters,
  isReading = false,
  run,
}: Definition<Schema>): ServedTool {
  const { $schema: _dialect, ...inputSchema } = z.toJSONSchema(parameters, { io: 'input' });
  return {
    name,
    description,
    inputSchema,
    isReading,
    async call(input, desk, signal) {
      const parsed = parameters.safeParse(input ?? {});
      if (parsed.success) return run(parsed.data, desk, signal);
      const issues = parsed.error.issues.map(
        (issue) => `${issue.path.map(String).join('.') || 'arguments'}: ${issue.message}`,
      );
      return failed(`${name}: the arguments do not fit. ${issues.slice(0, 10).join('; ')}.`);
    },
  };
}

/** An answer that says what went wrong. */
export function failed(text: string): ServedAnswer {
  return { text, isError: true };
}
