import type { Gateway } from '../../client/index.js';
import type { CommandContext } from '../context.js';

/** A gateway to the service, which is started with the log level of the command where nothing answers; to be closed. `onProgress` is told of a start; default: a note. */
export async function openService(
  { config, globals, output }: CommandContext,
  onProgress = (text: string): void => output.note(text),
) {
  const { ensureRunning } = await import('../../service/index.js');
  const { openGateway } = await import('../../runs/index.js');
  const endpoint = await ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress,
  });
  return { ...(await openGateway(config, endpoint)), uiUrl: endpoint.uiUrl };
}

/** Works with a gateway; starts the service when nothing answers. */
export async function withGateway<Result>(
  context: CommandContext,
  work: (gateway: Gateway, cluster: { readonly hasSearchAttributes: boolean }) => Promise<Result>,
): Promise<Result> {
  const { ensureRunning } = await import('../../service/index.js');
  const { openGateway } = await import('../../runs/index.js');
  const endpoint = await ensureRunning(context.config, {
    temporalCli: context.globals.temporalCli,
    onProgress: (text) => context.output.note(text),
  });
  const open = await openGateway(context.config, endpoint);
  try {
    return await work(open.gateway, open);
  } finally {
    await open.close();
  }
}
