import { z } from 'zod';
import { hookSchema, MOST_HOOKS, type Hook, type HookEvent } from '../../domain/index.js';
import type { DefinitionFile, Warn } from './scan-files.js';

/** Moments of other agents that there are here too. */
const EVENTS: Readonly<Record<string, HookEvent>> = {
  SessionStart: 'session_start',
  PreToolUse: 'pre_tool',
  PostToolUse: 'post_tool',
  Stop: 'stop',
  PreCompact: 'pre_compact',
};

const fileSchema = z.object({
  hooks: z
    .record(
      z.string(),
      z.array(
        z.object({
          matcher: z.string().optional(),
          hooks: z.array(
            z.object({
              type: z.string().default('command'),
              command: z.string().optional(),
              timeout: z.number().optional(),
            }),
          ),
        }),
      ),
    )
    .default({}),
});

/** The hooks of another agent's settings, as far as there is such a moment here; what is left out is warned of. Pure but for `warn`. */
export function readForeignHooks({ path, text }: DefinitionFile, warn: Warn): Hook[] {
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    warn(`${path}:1: hooks not used: the file is not written as expected`);
    return [];
  }
  const found: Hook[] = [];
  for (const [name, groups] of Object.entries(parsed.data.hooks)) {
    const event = EVENTS[name];
    if (event === undefined) {
      warn(`${path}: hooks for ${name.slice(0, 60)} are left out: there is no such moment here`);
      continue;
    }
    for (const group of groups) found.push(...hooksOf(group, { name, event, path }, warn));
  }
  return found;
}

type Group = z.infer<typeof fileSchema>['hooks'][string][number];

function hooksOf(
  { matcher, hooks }: Group,
  {
    name,
    event,
    path,
  }: { readonly name: string; readonly event: HookEvent; readonly path: string },
  warn: Warn,
): Hook[] {
  return hooks.flatMap(({ type, command, timeout = 30 }) => {
    const hook = hookSchema.safeParse({
      event,
      ...(matcher === undefined ? {} : { matcher }),
      command,
      timeoutS: Math.min(MOST_HOOKS.timeoutS, Math.max(1, Math.round(timeout))),
      source: path.slice(-500),
    });
    if (type === 'command' && hook.success) return [hook.data];
    warn(`${path}: a hook for ${name} is left out: it is no command that can be run here`);
    return [];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
