import type { ToolCall } from '../../domain/index.js';
import type { ToolContext, ToolOutput, ToolRegistry } from '../../tools/index.js';

type InnerCalls = NonNullable<ToolContext['inner']>;
type InnerCall = Parameters<InnerCalls['describe']>[0];

/** Carries out one checked call inside another; see {@link InnerCalls}. */
type RunInner = (
  call: ToolCall,
  position: number,
  seen: ToolContext['seen'],
) => Promise<ToolOutput>;

/** How they are carried out. */
export interface InnerRunner {
  readonly run: RunInner;
  /** None beside another one, whatever it does: commands of people run around them and may change files. */
  readonly isInOrder: boolean;
}

/** The calls that a tool may make inside the call `outer`: of tools that an activity carries out, and that call none themselves. */
export function createInnerCalls(
  registry: ToolRegistry,
  outer: ToolCall,
  { run, isInOrder }: InnerRunner,
): InnerCalls {
  return {
    describe(inner) {
      const call = toolCall(outer, inner, 0);
      const { access, execution, name, title } = registry.describeCall(call, 0);
      if (execution === 'invalid')
        return { isPossible: false, reason: registry.explainInvalid(call) };
      const tool = registry.get(name);
      const isAlone = tool?.isCarrier === true || tool?.standsAlone === true;
      if (execution !== 'workflow' && !isAlone)
        return { isPossible: true, access: isInOrder ? 'write' : access, title };
      const reason = `${name} cannot be called inside another call; call it by itself.`;
      return { isPossible: false, reason };
    },
    run: (inner, position, seen) => run(toolCall(outer, inner, position), position, seen),
  };
}

function toolCall(outer: ToolCall, { name, input }: InnerCall, position: number): ToolCall {
  return { id: `${outer.id}.${position + 1}`, name, arguments: JSON.stringify(input) };
}
