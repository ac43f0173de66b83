import type { Request } from 'express';
import { CodetetherError, visibleLine } from '../../domain/index.js';

/** What is found out about a request while it is answered. */
export interface Noted {
  taskId?: string | undefined;
  messageId?: string | undefined;
  skill?: string | undefined;
}

/** What is noted about a request that changes something. */
export interface AuditEntry {
  readonly caller: string;
  readonly method: string;
  readonly noted: Readonly<Noted>;
  /** `ok`, or the code of the refusal. */
  readonly outcome: string;
  readonly request: Request;
}

/** Where entries go; must not throw, and is not waited for. */
export type AuditPort = (entry: Readonly<Record<string, unknown>>) => void;

/** Longest text of others in an entry. */
const LONGEST = 200;

/** The code of a refusal, as it is noted. */
export function outcomeOf(error: unknown): string {
  return error instanceof CodetetherError ? error.code : 'ERR_UNEXPECTED';
}

/** The entry as one object of short, visible lines: nothing in it is obeyed by whatever shows the file. Never texts of messages or tokens. */
export function auditLine({
  caller,
  method,
  noted,
  outcome,
  request,
}: AuditEntry): Record<string, string> {
  const line: Record<string, string | undefined> = {
    at: new Date().toISOString(),
    caller,
    method,
    task_id: noted.taskId,
    message_id: noted.messageId,
    skill: noted.skill,
    outcome,
    remote: request.socket.remoteAddress,
    user_agent: request.get('user-agent'),
  };
  return Object.fromEntries(
    Object.entries(line).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, visibleLine(value.slice(0, LONGEST))]],
    ),
  );
}
