import type { Config } from '../../config/index.js';
import { HOST_TOOLS, type RlmInput } from '../../contracts/index.js';
import { InvalidInputError, shortLine } from '../../domain/index.js';
import { laneId } from '../../platform/index.js';
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

/** What of it stands in the input of a question. Pure. */
export function toolsInput(
  names: readonly string[] | undefined,
  { folder, runId }: { readonly folder: string; readonly runId: string },
): Pick<RlmInput, 'tools'> {
  if (names === undefined || names.length === 0) return {};
  return {
    tools: {
      names: [...names],
      workspace: { id: laneId(folder, runId, 'view'), workdir: '.' },
    },
  };
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
