import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeSecretFile } from '../light/json-file.js';
import { serviceFiles } from '../light/service-files.js';

/** A link is opened at once, or asked for again. */
const TICKET_MS = 2 * 60_000;
/** A working day. */
const SESSION_MS = 12 * 3_600_000;
const KEY_BYTES = 32;
const NONCE_BYTES = 16;

type Purpose = 'ticket' | 'session';

/** Opens Temporal's web interface to one browser: a ticket for a link, which is good once, and a session for a cookie. */
export interface UiAccess {
  /** A ticket for one link; good once, for two minutes. */
  readonly mintTicket: () => string;
  /** A session in exchange for a ticket; undefined for one that is forged, late or used. */
  readonly exchange: (
    ticket: string,
  ) => { readonly session: string; readonly maxAgeMs: number } | undefined;
  /** True for a session of this home that has not ended. */
  readonly isSession: (session: string) => boolean;
}

/** The access of a home; its key is made at the first call, and only the user can read it. */
export function openUiAccess(home: string, now: () => number = Date.now): UiAccess {
  const key = keyOf(serviceFiles(home).uiKey);
  const used = new Map<string, number>();
  const mint = (purpose: Purpose, lifeMs: number): string => {
    const body = `${now() + lifeMs}.${randomBytes(NONCE_BYTES).toString('base64url')}`;
    return `${body}.${mac(key, purpose, body)}`;
  };
  return {
    mintTicket: () => mint('ticket', TICKET_MS),
    exchange: (ticket) => {
      for (const [earlier, endsAt] of used) if (endsAt < now()) used.delete(earlier);
      const endsAt = endOf(ticket, { key, purpose: 'ticket', now: now() });
      if (endsAt === undefined || used.has(ticket)) return undefined;
      used.set(ticket, endsAt);
      return { session: mint('session', SESSION_MS), maxAgeMs: SESSION_MS };
    },
    isSession: (session) => endOf(session, { key, purpose: 'session', now: now() }) !== undefined,
  };
}

function endOf(
  token: string,
  check: { readonly key: Buffer; readonly purpose: Purpose; readonly now: number },
): number | undefined {
  const match = /^((\d{10,16})\.[\w-]{10,40})\.([\w-]{43})$/.exec(token);
  if (match === null) return undefined;
  const expected = Buffer.from(mac(check.key, check.purpose, match[1] ?? ''));
  if (!timingSafeEqual(expected, Buffer.from(match[3] ?? ''))) return undefined;
  const endsAt = Number(match[2]);
  return endsAt > check.now ? endsAt : undefined;
}

function mac(key: Buffer, purpose: Purpose, body: string): string {
  return createHmac('sha256', key).update(`${purpose}\0${body}`).digest('base64url');
}

function keyOf(path: string): Buffer {
  const known = readKey(path);
  if (known !== undefined) return known;
  writeSecretFile(path, randomBytes(KEY_BYTES).toString('base64url'));
  return readKey(path) ?? Buffer.alloc(0);
}

function readKey(path: string): Buffer | undefined {
  try {
    const key = Buffer.from(readFileSync(path, 'utf8'), 'base64url');
    return key.length === KEY_BYTES ? key : undefined;
  } catch {
    return undefined;
  }
}
