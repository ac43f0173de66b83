import { condition, getExternalWorkflowHandle } from '@temporalio/workflow';
import { z } from 'zod';
import { OWNER_SIGNALS, type LeaseRequest } from '../../contracts/index.js';
import { covers, type BudgetUse } from '../../domain/index.js';
import type { AgentSession } from './session.js';

/** What a refused reservation says it needs. */
const reserveSchema = z.object({
  needed: z.object({
    costMicroUsd: z.number().int().nonnegative().nullable(),
    tokens: z.number().int().nonnegative(),
  }),
});

const ONE_CALL: BudgetUse = { costMicroUsd: 0, tokens: 1, calls: 1 };

/** Waits until the lease covers one more call at all; what the call itself needs is reserved by its activity. */
export async function affordCall(session: AgentSession): Promise<void> {
  while (!isCovered(session, ONE_CALL)) await askForMore(session, ONE_CALL);
}

/** Waits until the lease covers what a refused call said it needs. */
export async function askForReserve(
  session: AgentSession,
  details: readonly unknown[],
): Promise<void> {
  const parsed = reserveSchema.safeParse(details[0]);
  const needed = parsed.success ? { ...parsed.data.needed, calls: 1 } : ONE_CALL;
  while (!isCovered(session, needed)) await askForMore(session, needed);
}

function isCovered(session: AgentSession, needed: BudgetUse): boolean {
  const left = session.leaseLeft();
  return left === null || covers(left, needed);
}

/** Asks the owner, and waits for a grant: this is where a run that has used up its budget stands still. */
async function askForMore(session: AgentSession, needed: BudgetUse): Promise<void> {
  const before = session.grants;
  const { owner, story } = session.input;
  const left = session.leaseLeft() ?? needed;
  const missing = (wanted: number, has: number | null): number =>
    has === null ? 0 : Math.max(0, wanted - has);
  const request: LeaseRequest = {
    story: story ?? '',
    needed: {
      costMicroUsd: missing(needed.costMicroUsd ?? 0, left.costMicroUsd ?? null),
      tokens: missing(needed.tokens, left.tokens),
      calls: missing(needed.calls, left.calls),
    },
  };
  if (owner !== undefined)
    await getExternalWorkflowHandle(owner).signal(OWNER_SIGNALS.lease, request);
  await condition(() => session.grants > before);
}
