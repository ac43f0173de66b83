import type { ExitCode } from '../domain/index.js';
import { openTui } from './work/tui.js';
import type { TuiOptions } from './work/ports.js';

/** Shows the terminal UI until the person leaves it; what is at work goes on. Throws what keeps it from opening (exit 2 or 3). */
export async function runTui(options: TuiOptions): Promise<ExitCode> {
  const tui = await openTui(options);
  return tui.ended;
}
