import type { Config } from '../../config/index.js';
import { HOST_TOOLS, type RlmInput } from '../../contracts/index.js';
import { InvalidInputError, shortLine } from '../../domain/index.js';
import { viewId, whyUnshown } from '../../platform/index.js';
import type { RlmFlags } from './rlm-flags.js';

const NAME_LENGTH = 60;

/** Names of the tools that the code of a question may call. Throws `ERR_USAGE` for one that is none, or does more than read. */
export function hostTools({ tools }: Pick<RlmFlags, 'tools'>, config: Config): string[] {
  const wanted = tools === undefined ? config.rlm.tools : listed(tools);
  const bad = wanted.find((name) => !HOST_TOOLS.includes(name));
  if (bad === undefined) return [...new Set(wanted)].toSorted();
  throw new InvalidInputError('ERR_USAGE', {
    message: `"${shortLine(bad, NAME_LENGTH)}" is no tool that code may be passed`,
    where: { field: tools === undefined ? 'rlm.tools' : '--tools' },
    hint: `only tools that read can be: ${HOST_TOOLS.join(', ')}`,
  });
}

/** Tools that code is passed in the folder of a question, and what is to be said of it. */
export interface PassedTools {
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The tools that the code of a question may call in `folder`. Throws `ERR_USAGE` as {@link hostTools} does, and where the command line asks
 * for some in a folder that holds what no project does; those of the configuration are then left out, with a note.
 */
export function toolsIn(
  folder: string,
  flags: Pick<RlmFlags, 'tools'>,
  config: Config,
): PassedTools {
  const names = hostTools(flags, config);
  const why = names.length === 0 ? undefined : whyUnshown(folder, config.home);
  if (why === undefined) return { names, notes: [] };
  if (flags.tools === undefined)
    return { names: [], notes: [`rlm.tools are not passed to its code: the folder ${why}`] };
  throw new InvalidInputError('ERR_USAGE', {
    message: `tools may not read in this folder: it ${why}`,
    where: { field: '--tools', file: folder },
    hint: 'ask in the folder of a project, or without --tools',
  });
}

/** What of it stands in the input of a question. Pure. */
export function toolsInput(
  names: readonly string[] | undefined,
  { folder, runId }: { readonly folder: string; readonly runId: string },
): Pick<RlmInput, 'tools'> {
  if (names === undefined || names.length === 0) return {};
  return {
    tools: {
      names: [...names],
      workspace: { id: viewId(folder, runId), workdir: '.' },
    },
  };
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
