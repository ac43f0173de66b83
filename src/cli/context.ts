import type { Command } from 'commander';
import { loadConfig, type Config } from '../config/index.js';
import type { ExitCode } from '../domain/index.js';
import { createOutput, type Output } from './output.js';

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly debug?: boolean;
  readonly logLevel?: string;
  readonly temporalCli?: string;
}

/** What a command works with. */
export interface CommandContext {
  readonly output: Output;
  readonly globals: GlobalOptions;
  /** All configuration; its warnings are printed once. */
  readonly config: Config;
}

/** Options of {@link createContext}. */
export interface ContextOptions {
  /** Folder whose project files count; default the current one. */
  readonly project?: string;
}

/** Loads what a command needs; throws exit-2 errors for bad configuration. */
export async function createContext(
  command: Command,
  options: ContextOptions = {},
): Promise<CommandContext> {
  const output = createOutput();
  const globals: GlobalOptions = command.optsWithGlobals();
  const config = await loadConfig({ configFile: globals.config, ...options });
  for (const warning of config.warnings) output.note(`warning: ${warning}`);
  return { output, globals, config };
}

/** Ends the command with this code once everything is written. */
export function exitWith(code: ExitCode): void {
  process.exitCode = code;
}
