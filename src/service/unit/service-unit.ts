import { existsSync, readFileSync, rmSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processEnvironment, type Config, type EnvironmentVariables } from '../../config/index.js';
import { InfrastructureError, InvalidInputError } from '../../domain/index.js';
import { writeDurableFile } from '../../platform/index.js';
import { askManager, hasUserSystemd, isLingering } from './service-manager.js';
import { LAUNCHD_LABEL, launchdPlist, systemdUnit } from './unit-text.js';

const UNIT_NAME = 'codetether.service';

/** What `service install` would do on this machine. */
export interface UnitPlan {
  readonly manager: 'systemd' | 'launchd';
  /** Absolute path of the unit. */
  readonly path: string;
  readonly text: string;
  /** Commands that follow, in order. */
  readonly commands: readonly (readonly string[])[];
  /** What a person should know, one sentence each. */
  readonly notes: readonly string[];
}

/** What `service install` did. */
export interface InstalledUnit extends UnitPlan {
  /** True when the service starts at boot, before anybody logs in. */
  readonly startsAtBoot: boolean;
}

/** What is known about the unit of this home. */
export interface UnitStatus {
  readonly path: string;
  /** `other-home`: there is a unit, for another CODETETHER_HOME. */
  readonly state: 'installed' | 'absent' | 'other-home';
  /** As the service manager says it; null when it does not answer. */
  readonly enabled: string | null;
  readonly active: string | null;
  readonly lingers: boolean | null;
}

/** Settings that are replaced in tests. */
export interface UnitOptions {
  readonly environment?: EnvironmentVariables;
  /** Default: of this machine. */
  readonly platform?: NodeJS.Platform;
}

/** Plans the unit; reads and changes nothing. Throws InvalidInputError `ERR_UNIT_UNSUPPORTED` on other systems. */
export function planUnit(config: Config, options: UnitOptions = {}): UnitPlan {
  const environment = options.environment ?? processEnvironment();
  const manager = managerOf(options.platform ?? process.platform);
  const path = unitPath(config, manager);
  const facts = {
    node: process.execPath,
    program: fileURLToPath(new URL('../../../bin/codetether.js', import.meta.url)),
    home: config.home,
    variables: unitVariables(config, environment),
  };
  const notes = secretNotes(config, environment);
  const { username, uid } = userInfo();
  if (manager === 'launchd') {
    const commands = [['launchctl', 'bootstrap', `gui/${uid}`, path]];
    return { manager, path, text: launchdPlist(facts), commands, notes };
  }
  const commands = [
    ['systemctl', '--user', 'daemon-reload'],
    ['systemctl', '--user', 'enable', '--now', UNIT_NAME],
    ['loginctl', 'enable-linger', username],
  ];
  return { manager, path, text: systemdUnit(facts), commands, notes };
}

/**
 * Writes the unit, starts it and has it start at boot. Idempotent. Throws `ERR_UNIT_NO_MANAGER` (exit 3) where no service
 * manager answers, `ERR_UNIT_OTHER_HOME` (exit 2) when the unit serves another home, `ERR_UNIT_FAILED` (exit 3).
 */
export async function installUnit(
  config: Config,
  options: UnitOptions = {},
): Promise<InstalledUnit> {
  const environment = options.environment ?? processEnvironment();
  const plan = planUnit(config, options);
  if (unitState(config, plan.path) === 'other-home') throw otherHome(plan.path);
  if (plan.manager === 'systemd' && !(await hasUserSystemd(environment))) throw noManager(config);
  await writeDurableFile(plan.path, plan.text);
  const notes = [...plan.notes];
  let startsAtBoot = plan.manager === 'systemd';
  for (const command of plan.commands) {
    const { code, text } = await askManager(command, environment);
    if (code === 0) continue;
    if (command[0] !== 'loginctl') throw failed(command, text);
    startsAtBoot = false;
    notes.push(
      `the service starts at login only: ${command.join(' ')} needs more rights (${text}); run: sudo ${command.join(' ')}`,
    );
  }
  return { ...plan, notes, startsAtBoot };
}

/** Stops the unit, which drains the service, and removes it; gives what was removed, or null when there was none. */
export async function uninstallUnit(
  config: Config,
  options: UnitOptions = {},
): Promise<string | null> {
  const environment = options.environment ?? processEnvironment();
  const { manager, path } = planUnit(config, options);
  const state = unitState(config, path);
  if (state === 'absent') return null;
  if (state === 'other-home') throw otherHome(path);
  const stop =
    manager === 'systemd'
      ? ['systemctl', '--user', 'disable', '--now', UNIT_NAME]
      : ['launchctl', 'bootout', `gui/${userInfo().uid}/${LAUNCHD_LABEL}`];
  // A manager that does not answer cannot run the unit either: the file goes all the same.
  await askManager(stop, environment);
  rmSync(path, { force: true });
  if (manager === 'systemd')
    await askManager(['systemctl', '--user', 'daemon-reload'], environment);
  return path;
}

/** Looks at the unit of this home; changes nothing. */
export async function unitStatus(config: Config, options: UnitOptions = {}): Promise<UnitStatus> {
  const environment = options.environment ?? processEnvironment();
  const manager = managerOf(options.platform ?? process.platform);
  const path = unitPath(config, manager);
  const state = unitState(config, path);
  if (manager === 'launchd') {
    const target = `gui/${userInfo().uid}/${LAUNCHD_LABEL}`;
    const { code } = await askManager(['launchctl', 'print', target], environment);
    const isLoaded = code === 0 ? 'loaded' : null;
    return { path, state, enabled: isLoaded, active: isLoaded, lingers: null };
  }
  if (!(await hasUserSystemd(environment)))
    return { path, state, enabled: null, active: null, lingers: await isLingering(environment) };
  const ask = async (verb: string) =>
    (await askManager(['systemctl', '--user', verb, UNIT_NAME], environment)).text.split('\n')[0] ??
    null;
  return {
    path,
    state,
    enabled: await ask('is-enabled'),
    active: await ask('is-active'),
    lingers: await isLingering(environment),
  };
}

function managerOf(platform: NodeJS.Platform): UnitPlan['manager'] {
  if (platform === 'linux') return 'systemd';
  if (platform === 'darwin') return 'launchd';
  throw new InvalidInputError('ERR_UNIT_UNSUPPORTED', {
    message: `there is no service unit for ${platform}`,
    hint: 'use Linux, macOS or WSL2, or start it yourself: codetether up',
  });
}

function unitPath(config: Config, manager: UnitPlan['manager']): string {
  if (manager === 'launchd')
    return join(homedir(), 'Library', 'LaunchAgents', `${LAUNCHD_LABEL}.plist`);
  // the user's file lies at <configuration folder>/codetether-agent/config.toml
  return join(dirname(dirname(config.userFile)), 'systemd', 'user', UNIT_NAME);
}

function unitState(config: Config, path: string): UnitStatus['state'] {
  if (!existsSync(path)) return 'absent';
  const text = readFileSync(path, 'utf8');
  const unescaped = text.replaceAll('%%', '%').replaceAll('\\"', '"');
  const isOurs = [`CODETETHER_HOME=${config.home}"`, `<string>${config.home}</string>`].some(
    (line) => unescaped.includes(line),
  );
  return isOurs ? 'installed' : 'other-home';
}

/** No secret goes into a unit: it is a file that others may read, and it outlives the secret. */
function unitVariables(config: Config, environment: EnvironmentVariables): Record<string, string> {
  const variables: Record<string, string> = {
    CODETETHER_HOME: config.home,
    PATH: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  };
  for (const name of ['VAULT_ADDR', 'VAULT_TOKEN_FILE']) {
    const value = environment[name];
    if (value !== undefined && value !== '') variables[name] = value;
  }
  return variables;
}

function secretNotes(config: Config, environment: EnvironmentVariables): string[] {
  const { vault } = config.worker;
  if ((environment['VAULT_TOKEN'] ?? '') === '' || vault.tokenFile !== null) return [];
  return [
    'VAULT_TOKEN is not written into the unit: set [vault] token_file in your configuration file, or models that need a key wait after a reboot',
  ];
}

function noManager(config: Config): InfrastructureError {
  const program = fileURLToPath(new URL('../../../bin/codetether.js', import.meta.url));
  return new InfrastructureError('ERR_UNIT_NO_MANAGER', {
    message:
      'no systemd answers for this user (a container, or a system without it); nothing was written',
    hint: `let cron start it, by this line of crontab -e:\n  @reboot CODETETHER_HOME='${config.home}' '${process.execPath}' '${program}' up\nthe unit itself is shown by: codetether service install --dry-run`,
    isRetryable: false,
  });
}

function otherHome(path: string): InvalidInputError {
  return new InvalidInputError('ERR_UNIT_OTHER_HOME', {
    message: 'the installed unit serves another CODETETHER_HOME',
    where: { file: path },
    hint: 'run codetether service uninstall with that CODETETHER_HOME first, or start this home by: codetether up',
  });
}

function failed(command: readonly string[], text: string): InfrastructureError {
  return new InfrastructureError('ERR_UNIT_FAILED', {
    message: `${command.join(' ')} failed: ${text}`,
    hint: 'read: journalctl --user -u codetether, then run the same command again',
    isRetryable: false,
  });
}
