import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination, pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import { redact } from './redaction.js';

/** Log levels, quietest last. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** See {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log. Never stdout: that belongs to results. */
export interface Logger {
  /** Writes one line at `level`; fields are redacted. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A logger that adds `fields` to every line. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Absolute path; default stderr. */
  readonly file?: string;
  /** Fields of every line, for example the role of the process. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A logger that writes JSON lines to stderr or a file, synchronously, so that the last words before a crash are kept. */
export function createLogger(options: LoggerOptions): Logger {
  if (options.file !== undefined) mkdirSync(dirname(options.file), { recursive: true });
  const sink = destination({ dest: options.file ?? 2, sync: true });
  const settings = {
    level: options.level,
    base: { ...options.fields },
    timestamp: stdTimeFunctions.isoTime,
  };
  return wrap(pino(settings, sink));
}

function wrap(logger: PinoLogger): Logger {
  return {
    log(level, message, fields = {}) {
      if (logger.isLevelEnabled(level)) logger[level](redact(fields), message);
    },
    child: (fields) => wrap(logger.child(redact(fields) as Record<string, unknown>)),
  };
}
