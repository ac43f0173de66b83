import type { Command } from 'commander';
import { createContext, exitWith } from '../context.js';

interface ServiceOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  codetether service install             start at boot, and again when it fails
  codetether service install --dry-run   only show the unit and the commands
  codetether service status --json
  codetether service uninstall

Linux: a systemd user unit, with linger so that it starts without a login. macOS: a launchd agent, which starts at login.
The unit holds CODETETHER_HOME, PATH and VAULT_ADDR, never a token: give the worker [vault] token_file.
Open runs go on by themselves when the service is back.`;

/** Adds `codetether service`. */
export function addServiceCommand(program: Command): void {
  const service = program
    .command('service')
    .description('have the system start the service at boot')
    .addHelpText('after', HELP);
  service
    .command('install')
    .description('write and start the unit')
    .option('--dry-run', 'show what would be written and run')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: ServiceOptions, command: Command) => install(options, command));
  service
    .command('uninstall')
    .description('stop and remove the unit; runs and files stay')
    .option('--dry-run', 'show what would be removed')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: ServiceOptions, command: Command) => uninstall(options, command));
  service
    .command('status')
    .description('whether the unit is installed and runs; exit code 1 when it does not')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: ServiceOptions, command: Command) => status(options, command));
}

async function install(options: ServiceOptions, command: Command): Promise<void> {
  const { output, config } = await createContext(command);
  const { installUnit, planUnit } = await import('../../service/index.js');
  const isDry = options.dryRun === true;
  const done = isDry ? { ...planUnit(config), startsAtBoot: null } : await installUnit(config);
  if (options.json === true) {
    output.document({
      dry_run: isDry,
      manager: done.manager,
      path: done.path,
      unit: done.text,
      commands: done.commands,
      starts_at_boot: done.startsAtBoot,
      notes: done.notes,
    });
    return;
  }
  if (isDry) {
    output.result(`would write ${done.path}:\n\n${done.text}`);
    for (const words of done.commands) output.result(`would run: ${words.join(' ')}`);
  } else {
    output.result(`installed ${done.path}`);
    if (done.startsAtBoot === true)
      output.result('the service starts at boot and runs without a login');
  }
  for (const note of done.notes) output.note(`note: ${note}`);
}

async function uninstall(options: ServiceOptions, command: Command): Promise<void> {
  const { output, config } = await createContext(command);
  const { uninstallUnit, unitStatus } = await import('../../service/index.js');
  const isDry = options.dryRun === true;
  const before = await unitStatus(config);
  const dryPath = before.state === 'installed' ? before.path : null;
  const path = isDry ? dryPath : await uninstallUnit(config);
  if (options.json === true) output.document({ dry_run: isDry, removed: path });
  else if (path === null) output.result('there is no unit for this home');
  else output.result(`${isDry ? 'would remove' : 'removed'} ${path}`);
  if (path !== null && before.lingers === true)
    output.note('note: linger stays on for you; to switch it off: loginctl disable-linger');
}

async function status(options: ServiceOptions, command: Command): Promise<void> {
  const { output, config } = await createContext(command);
  const { unitStatus } = await import('../../service/index.js');
  const unit = await unitStatus(config);
  if (options.json === true) output.document({ ...unit });
  else {
    output.result(`unit     ${unit.state} (${unit.path})`);
    output.result(`enabled  ${unit.enabled ?? 'unknown: no service manager answers'}`);
    output.result(`active   ${unit.active ?? 'unknown: no service manager answers'}`);
    if (unit.lingers !== null) output.result(`linger   ${unit.lingers ? 'yes' : 'no'}`);
  }
  exitWith(unit.state === 'installed' && isRunning(unit.active) ? 0 : 1);
}

function isRunning(active: string | null): boolean {
  return active === 'active' || active === 'activating' || active === 'loaded';
}
