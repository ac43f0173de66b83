import {
  reachOf,
  shortLine,
  type AskedPerson,
  type ContinuedCall,
  type Reach,
  type RuleNote,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import type { ToolOutput } from '../../tools/index.js';
import type { CheckedCall } from '../definitions/judge-tool.js';

const TITLE_LIMIT = 100;
/** Of each kind in one result. */
const MOST_NOTES = 25;

/** What is told of a call beside its result. */
export interface CallNotes {
  readonly ruled: RuleNote[];
  readonly reaches: Reach[];
}

/** Told of a call by what stands in it, whatever it came to. */
export function noteReach(
  { reaches }: CallNotes,
  { tool, input }: CheckedCall,
  { isError, text }: ToolOutput,
): void {
  const what = reachOf({ tool: tool.name, input, isError, text });
  if (what !== undefined) reaches.push({ title: shortLine(tool.title(input), TITLE_LIMIT), what });
}

/** The notes as a result keeps them. */
export function keptNotes({ ruled, reaches }: CallNotes): {
  innerRuled?: RuleNote[];
  reaches?: Reach[];
} {
  return {
    ...(ruled.length === 0 ? {} : { innerRuled: ruled.slice(0, MOST_NOTES) }),
    ...(reaches.length === 0 ? {} : { reaches: reaches.slice(0, MOST_NOTES) }),
  };
}

/** Why a result is not the last word of its call. It goes into the history and to people. */
export function keptTurns({ asks, continues }: Pick<ToolOutput, 'asks' | 'continues'>): {
  asks?: AskedPerson;
  continues?: ContinuedCall;
} {
  return {
    ...(asks === undefined
      ? {}
      : {
          asks: {
            id: asks.id,
            question: redactText(asks.question),
            options: asks.options.map(redactText),
          },
        }),
    ...(continues === undefined
      ? {}
      : { continues: { ...continues, status: redactText(continues.status) } }),
  };
}
