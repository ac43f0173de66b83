import { z } from 'zod';

/** Calls that do the same as the functions of a cell, for models that would rather call tools. */
const OPERATIONS = {
  repl: z.object({ code: z.string() }),
  context_head: z.object({ lines: z.number().int().positive().default(10) }),
  context_tail: z.object({ lines: z.number().int().positive().default(10) }),
  context_grep: z.object({ pattern: z.string(), limit: z.number().int().positive().default(50) }),
  context_count: z.object({ pattern: z.string() }),
  context_lines: z.object({ from: z.number().int(), to: z.number().int() }),
  final: z.object({ answer: z.unknown(), evidence: z.array(z.string()).default([]) }),
} as const;

type Name = keyof typeof OPERATIONS;

const CODE: { readonly [Key in Name]: (input: z.output<(typeof OPERATIONS)[Key]>) => string } = {
  repl: ({ code }) => code,
  context_head: ({ lines }) => `print(head(${lines}))`,
  context_tail: ({ lines }) => `print(tail(${lines}))`,
  context_grep: ({ pattern, limit }) =>
    `print(grep(${JSON.stringify(pattern)}, { limit: ${limit} }))`,
  context_count: ({ pattern }) => `print(count(${JSON.stringify(pattern)}))`,
  context_lines: ({ from, to }) => `print(lines(${from}, ${to}))`,
  final: ({ answer, evidence }) =>
    `FINAL(${JSON.stringify(answer ?? null)}, { evidence: ${JSON.stringify(evidence)} })`,
};

/** The code of a tool call, or what is wrong with it. Pure. */
export function operationCode(
  name: string,
  args: string,
): { readonly code: string } | { readonly problem: string } {
  if (!Object.hasOwn(OPERATIONS, name)) return { problem: `there is no tool ${name} here` };
  const key = name as Name;
  let value: unknown;
  try {
    value = JSON.parse(args === '' ? '{}' : args);
  } catch {
    return { problem: `${name}: the arguments are not valid JSON` };
  }
  const parsed = OPERATIONS[key].safeParse(value);
  if (!parsed.success)
    return { problem: `${name}: ${z.prettifyError(parsed.error).slice(0, 500)}` };
  return { code: CODE[key](parsed.data as never) };
}
