import { visibleLine } from '../../domain/index.js';

/** What is noted about a request that changes something. */
export interface AuditEntry {
  readonly at: string;
  readonly caller: string;
  readonly method: string;
  readonly taskId: string | undefined;
  readonly messageId: string | undefined;
  readonly skill: string | undefined;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly remote: string | undefined;
  readonly userAgent: string | undefined;
}

/** Where entries go; must not throw, and is not waited for. */
export type AuditPort = (entry: Readonly<Record<string, unknown>>) => void;

/** Longest text of others in an entry. */
const LONGEST = 200;

/** The entry as one object of short, visible lines: nothing in it is obeyed by whatever shows the file. Never texts of messages or tokens. */
export function auditLine(entry: AuditEntry): Record<string, string> {
  const line: Record<string, string | undefined> = {
    at: entry.at,
    caller: entry.caller,
    method: entry.method,
    task_id: entry.taskId,
    message_id: entry.messageId,
    skill: entry.skill,
    outcome: entry.outcome,
    remote: entry.remote,
    user_agent: entry.userAgent,
  };
  return Object.fromEntries(
    Object.entries(line).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, visibleLine(value.slice(0, LONGEST))]],
    ),
  );
}
