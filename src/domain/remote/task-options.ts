import { z } from 'zod';
import { autoApproveSchema, taskPlaceSchema, taskRequestSchema } from './remote-task.js';
import type { TaskRequest } from './remote-task.js';

/** What a task was started with, for whoever handed it in: no words, and no secrets. */
export const taskOptionsSchema = z.object({
  origin: taskRequestSchema.shape.origin,
  place: taskPlaceSchema.optional(),
  model: z.string().optional(),
  autoApprove: autoApproveSchema.optional(),
  branch: z.string().optional(),
  limits: taskRequestSchema.shape.limits,
});

/** See {@link taskOptionsSchema}. */
export type TaskOptions = z.infer<typeof taskOptionsSchema>;

/** What a task was started with. Credentials in the address of a repository are left out. Pure. */
export function taskOptions(request: TaskRequest): TaskOptions {
  const { origin, place, model, autoApprove, branch, limits } = request;
  return {
    origin,
    ...(place === undefined ? {} : { place: shownPlace(place) }),
    ...(model === undefined ? {} : { model }),
    ...(autoApprove === undefined ? {} : { autoApprove }),
    ...(branch === undefined ? {} : { branch }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function shownPlace(place: NonNullable<TaskRequest['place']>): NonNullable<TaskRequest['place']> {
  return place.kind === 'git' ? { ...place, url: withoutCredentials(place.url) } : place;
}

/** Everything before the last `@` of the authority, and behind `?` and `#`: what may be a secret. */
function withoutCredentials(url: string): string {
  const [plain = ''] = url.split(/[?#]/, 1);
  const start = plain.indexOf('://');
  const from = start === -1 ? 0 : start + 3;
  const slash = plain.indexOf('/', from);
  const end = slash === -1 ? plain.length : slash;
  const at = plain.lastIndexOf('@', end);
  return at < from ? plain : `${plain.slice(0, from)}${plain.slice(at + 1)}`;
}

/** The same in the words of a message that orders a task, and of `/v1/runs`. Pure. */
export function taskOptionsDocument({
  origin,
  place,
  model,
  autoApprove,
  branch,
  limits,
}: TaskOptions) {
  return {
    origin,
    ...(place?.kind === 'workspace' ? { workspace: place.name } : {}),
    ...(place?.kind === 'git' ? { git_url: place.url } : {}),
    ...(place?.kind === 'git' && place.ref !== undefined ? { ref: place.ref } : {}),
    ...(model === undefined ? {} : { model }),
    ...(autoApprove === undefined ? {} : { auto_approve: autoApprove }),
    ...(branch === undefined ? {} : { branch }),
    ...(limits === undefined ? {} : { limits: limitsDocument(limits) }),
  };
}

function limitsDocument(limits: NonNullable<TaskOptions['limits']>) {
  const { budgetUsd, maxTurns, maxSubagents, timeoutS } = limits;
  return {
    ...(budgetUsd === undefined ? {} : { budget_usd: budgetUsd }),
    ...(maxTurns === undefined ? {} : { max_turns: maxTurns }),
    ...(maxSubagents === undefined ? {} : { max_subagents: maxSubagents }),
    ...(timeoutS === undefined ? {} : { timeout_s: timeoutS }),
  };
}
