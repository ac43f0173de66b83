import { execFile, type ExecFileException } from 'node:child_process';
import { userInfo } from 'node:os';
import type { EnvironmentVariables } from '../../config/index.js';

/** How a command of the service manager ended. */
export interface ManagerAnswer {
  /** Null when the program is not there or gave no answer in time. */
  readonly code: number | null;
  readonly text: string;
}

/** Runs one command of systemd or launchd, found on the PATH of `environment`. */
export function askManager(
  command: readonly string[],
  environment: EnvironmentVariables,
): Promise<ManagerAnswer> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: { ...environment }, timeout: 90_000, encoding: 'utf8' },
      (error: ExecFileException | null, stdout, stderr) => {
        const text = `${stdout}${stderr}`.trim();
        if (error === null) resolve({ code: 0, text });
        else if (typeof error.code === 'number') resolve({ code: error.code, text });
        else resolve({ code: null, text: text === '' ? error.message : text });
      },
    );
  });
}

/** True when the user's systemd answers: containers and some WSL installations have none. */
export async function hasUserSystemd(environment: EnvironmentVariables): Promise<boolean> {
  return (await askManager(['systemctl', '--user', 'show-environment'], environment)).code === 0;
}

/** Whether the user's services run without a login; null when nobody can say. */
export async function isLingering(environment: EnvironmentVariables): Promise<boolean | null> {
  const { code, text } = await askManager(
    ['loginctl', 'show-user', userInfo().username, '--property=Linger', '--value'],
    environment,
  );
  return code === 0 ? text === 'yes' : null;
}
