import { backgroundOf, type WrappedCommand } from '../../platform/index.js';
import { wrapInLane } from '../lane-command.js';
import type { ToolContext, ToolServices } from '../tool.js';

/** Where a command runs, and what holds it. */
export interface CommandPlace {
  readonly context: ToolContext;
  readonly services: ToolServices;
  /** Absolute folder inside the workspace. */
  readonly cwd: string;
}

/** A shell command in the sandbox of its lane, ready to be started. It shares the loopback of what runs in the lane's background. */
export async function wrapBash(
  command: string,
  { context, services, cwd }: CommandPlace,
): Promise<WrappedCommand> {
  const { workspace, network } = context;
  return wrapInLane(services, workspace, {
    argv: ['bash', '-c', command],
    cwd,
    network,
    loopback: backgroundOf(workspace.state).find(({ loopback }) => loopback !== undefined)
      ?.loopback,
    defaults: { CI: '1', PAGER: 'cat', PYTHONUNBUFFERED: '1' },
  });
}

/** What a command may reach, in words. */
export function networkWords({ context, services }: Omit<CommandPlace, 'cwd'>): string {
  const isOpen = context.network === 'full' || !services.sandbox.kinds.includes('network-switch');
  return isOpen ? 'network' : 'no network';
}
