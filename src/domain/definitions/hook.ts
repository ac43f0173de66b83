import { z } from 'zod';
import { compileGlob } from '../text/glob-pattern.js';
import { canonicalTool, groupsOf, toolGroup } from './tool-names.js';

/** When a hook runs. */
export const hookEventSchema = z.enum([
  'session_start',
  'pre_tool',
  'post_tool',
  'story_start',
  'story_end',
  'stop',
  'pre_compact',
]);

/** See {@link hookEventSchema}. */
export type HookEvent = z.infer<typeof hookEventSchema>;

/** Bounds of hooks. */
export const MOST_HOOKS = { count: 50, command: 4000, matcher: 300, timeoutS: 60 } as const;

/** A command of a person that runs at one moment of every agent's work, in the sandbox. */
export const hookSchema = z.object({
  event: hookEventSchema,
  /** Names of tools, separated by `|`, with `*`; absent or empty = all. Only tools are compared. */
  matcher: z.string().max(MOST_HOOKS.matcher).optional(),
  command: z.string().min(1).max(MOST_HOOKS.command),
  timeoutS: z.number().int().min(1).max(MOST_HOOKS.timeoutS).default(30),
  /** File that it stands in, for people. */
  source: z.string().max(500),
});

/** See {@link hookSchema}. */
export type Hook = z.infer<typeof hookSchema>;

/** One run of a hook, for events and the report. */
export const hookRunSchema = z.object({
  event: hookEventSchema,
  command: z.string().max(200),
  /** `denied` = exit 2; `failed` = any other exit, or its time was up. */
  outcome: z.enum(['passed', 'denied', 'failed']),
  /** The end of what it wrote; one line. */
  said: z.string().max(500),
  durationMs: z.number().nonnegative(),
});

/** See {@link hookRunSchema}. */
export type HookRun = z.infer<typeof hookRunSchema>;

/** The hooks of an event, in their order; of tools those that speak of this one. Pure. */
export function hooksFor(hooks: readonly Hook[], event: HookEvent, tool?: string): Hook[] {
  return hooks.filter(
    (hook) => hook.event === event && (tool === undefined || isAbout(hook.matcher, tool)),
  );
}

/**
 * Other agents write their own names of tools, and regular expressions of which the choices are understood. Like in rules the name of a
 * group is all of its tools: who guards `Edit` guards patches too.
 */
function isAbout(matcher: string | undefined, tool: string): boolean {
  if (matcher === undefined || matcher.trim() === '' || matcher.trim() === '*') return true;
  return matcher
    .split('|')
    .map((name) => name.trim().replace(/^\^/, '').replace(/\$$/, '').replaceAll('.*', '*'))
    .some((name) => {
      if (name === tool || canonicalTool(name) === tool) return true;
      if (groupsOf(tool).includes(toolGroup(name) ?? '')) return true;
      return name.includes('*') && compileGlob(name)?.(tool) === true;
    });
}
