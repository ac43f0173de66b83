import { fileURLToPath } from 'node:url';
import { type GateFiles, isolated, type Isolation } from '../../host/light/index.js';

/** Descriptor of the listening socket that the gate inherits: it was made outside, so that it is reached from there. */
export const LISTENER_FD = 3;
/** Descriptor on which the gate names its pid. */
export const REPORT_FD = 4;
/** Ports inside the namespace; nothing else is there. */
export const INNER_PORTS = { server: 7233, ui: 8233 } as const;

/** What the gate is started with. */
export interface GateConfig {
  readonly isolation: Isolation;
  readonly files: GateFiles;
  /** The `temporal` program. */
  readonly program: string;
  /** Its arguments without ports. */
  readonly args: readonly string[];
  readonly searchPath: string;
}

/** The command line of a gate in a namespace of its own. */
export function gateCommand(config: GateConfig): string[] {
  const entry = fileURLToPath(new URL('./entry.js', import.meta.url));
  return isolated(config.isolation, [
    process.execPath,
    // the process only copies bytes
    '--max-old-space-size=64',
    '--max-semi-space-size=1',
    entry,
    JSON.stringify(config),
  ]);
}
