import type { Config, EnvironmentVariables } from '../../config/index.js';
import type { OpenGateway } from '../../runs/index.js';
import type { KeyStream } from '../screen/keyboard.js';
import type { TerminalStream } from '../screen/terminal.js';

/** What a screen works with; whoever opens it knows the service and the program. */
export interface TuiOptions {
  readonly config: Config;
  /** Folder where messages are said. */
  readonly cwd: string;
  readonly environment: EnvironmentVariables;
  readonly stdin: KeyStream;
  readonly stdout: TerminalStream;
  /** Connects to the service, which is started where it does not run. */
  readonly connect: (onProgress: (text: string) => void) => Promise<OpenGateway>;
  /** Words that start this program once more, for runs. */
  readonly program: readonly string[];
  /** Session to go on with; undefined = a new one. */
  readonly session?: string | undefined;
}
