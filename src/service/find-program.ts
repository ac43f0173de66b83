import { CodetetherError, InfrastructureError } from '../domain/index.js';
import { programSources, type ProgramSource, type SourceSettings } from './program-sources.js';
import type { PinnedProgram } from './programs.js';

/** A program and where it came from. */
export interface FoundProgram {
  readonly path: string;
  readonly source: string;
}

/** Options of {@link findProgram}. */
export interface FindProgramOptions extends SourceSettings {
  /** Told before a source that may take long is asked. */
  readonly onTry?: ((source: string) => void) | undefined;
  /** Default: {@link programSources}. */
  readonly sources?: readonly ProgramSource[];
}

/**
 * Asks one source after the other. Throws `ERR_TEMPORAL_CLI` when the user named a program that cannot run, and
 * `ERR_PROGRAM_NOT_FOUND` with everything that was tried when no source has it.
 */
export async function findProgram(
  program: PinnedProgram,
  options: FindProgramOptions,
): Promise<FoundProgram> {
  const tried: string[] = [];
  for (const source of options.sources ?? programSources(program, options)) {
    options.onTry?.(source.name);
    try {
      const path = await source.find();
      if (path !== null) return { path, source: source.name };
      tried.push(`${source.name}: not there`);
    } catch (error) {
      if (error instanceof CodetetherError && error.exitCode === 2) throw error;
      tried.push(`${source.name}: ${reasonOf(error)}`);
    }
  }
  throw new InfrastructureError('ERR_PROGRAM_NOT_FOUND', {
    message: `no ${program.name} program could be found or installed\n${tried.map((line) => `  - ${line}`).join('\n')}`,
    hint: `install ${program.name} ${program.version} on PATH, ${program.otherwise}`,
    isRetryable: false,
    data: { tried },
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides the reason of a failed connection in the cause
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
