import {
  hiddenGlobs,
  hooksFor,
  innerStepKey,
  refusalText,
  type Definitions,
  type HookEvent,
  type HookRun,
  type Ruling,
  type RuleNote,
  type StepKey,
} from '../../domain/index.js';
import type { BlobStore, StepJournal } from '../../platform/index.js';
import {
  storedOutput,
  type HookServices,
  type ToolContext,
  type ToolOutput,
} from '../../tools/index.js';
import { judgeTool, ruleNote, type CheckedCall } from '../definitions/judge-tool.js';
import { MOST_AT_ONCE, runHooks, type HooksEnd } from '../definitions/run-hooks.js';

/** What a call came to, with what rules and hooks of people had to say about it. */
export interface RuledOutput extends ToolOutput {
  /** The rule because of which it was not carried out. */
  readonly ruled?: RuleNote;
  readonly hooks?: readonly HookRun[];
}

/** What ruled calls need. */
export interface RulesDesk {
  readonly home: string;
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly hookServices?: HookServices;
}

/** A checked call that is about to be carried out. */
export interface RuledCall {
  readonly checked: CheckedCall;
  /** Names the call: tool and arguments. */
  readonly digest: string;
  readonly definitions: Definitions;
  readonly context: ToolContext;
  /** Id of the workspace, and the place of a call inside another one. */
  readonly workspace: { readonly id: string; readonly workdir: string };
  readonly position: number | undefined;
  /** Digest of the call that a person said yes to. */
  readonly approved: string | undefined;
  /** Names of skills that the agent has taken up. */
  readonly loadedSkills: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Searches show what any reading tool may show. */
const SEARCHES: ReadonlySet<string> = new Set(['codesearch', 'glob', 'grep', 'lsp']);

/**
 * Carries out a call as far as rules of people let it, between their hooks. What is refused is a result for the model that names the rule;
 * what needs a yes is carried out for the very call that a person said yes to.
 */
export async function runRuled(desk: RulesDesk, ruled: RuledCall): Promise<RuledOutput> {
  const { checked, definitions, context, approved } = ruled;
  const { tool } = checked;
  const judgement = await judgeTool(definitions.permissions, checked, context.workspace);
  const note = ruleNote(judgement, checked);
  const isApproved = note?.effect === 'ask' && approved !== undefined && approved === ruled.digest;
  if (note !== undefined && !isApproved)
    return { text: refused(ruled, judgement), isError: true, ruled: note };
  if (tool.isCarrier === true) return carryOut(ruled);
  // Hooks stand around a call as a whole, also where it is looked at again and again.
  const before =
    context.followUp === undefined ? await hooksOf(desk, ruled, { event: 'pre_tool' }) : NO_HOOKS;
  if (before.denial !== undefined) {
    const text = `${tool.name}: not run, a hook denied it: ${before.denial}`;
    const rule = `hook ${before.runs.at(-1)?.command ?? ''}`;
    return { text, isError: true, ruled: { effect: 'deny', rule }, hooks: before.runs };
  }
  const output = await executeOnce(desk, ruled);
  const after =
    output.continues === undefined
      ? await hooksOf(desk, ruled, { event: 'post_tool', output })
      : NO_HOOKS;
  return withHooks(output, before, after);
}

function refused({ checked, position }: RuledCall, judgement: Ruling): string {
  const text = refusalText(checked.tool.name, judgement);
  return judgement.effect === 'ask' && position !== undefined
    ? `${text} Call it by itself: then somebody is asked.`
    : text;
}

function withHooks(output: ToolOutput, before: HooksEnd, after: HooksEnd): RuledOutput {
  const runs = [...before.runs, ...after.runs];
  if (runs.length === 0) return output;
  const said = [after.added, after.denial === undefined ? '' : `A hook objects: ${after.denial}`]
    .filter((text) => text !== '')
    .map((text) => `\n[hook] ${text}`)
    .join('');
  return {
    ...output,
    text: `${output.text}${said}`,
    isError: output.isError || after.denial !== undefined,
    hooks: runs,
  };
}

/** Slots of hooks below the key of a call: none is that of a call inside it. */
const SLOTS = { before: 100, output: 110, after: 111, each: 30 } as const;
const INNER_STEPS = 1000;

/** The key below which slots of a call lie: a call inside another one shares the key of that, each with slots of its own. */
function slotOf(
  key: StepKey,
  position: number | undefined,
  slot: number,
): { readonly key: StepKey; readonly from: number } {
  if (position === undefined) return { key, from: slot };
  const outer = { ...key, index: Math.floor(key.index / INNER_STEPS) - 1 };
  return { key: outer, from: slot + (position + 1) * SLOTS.each };
}

const NO_HOOKS: HooksEnd = { runs: [], denial: undefined, added: '' };

async function hooksOf(
  desk: RulesDesk,
  { definitions, checked, context, workspace, position, facts }: RuledCall,
  moment: { readonly event: HookEvent; readonly output?: ToolOutput },
): Promise<HooksEnd> {
  const { hookServices } = desk;
  const { event, output } = moment;
  if (hookServices === undefined || definitions.hooks.length === 0) return NO_HOOKS;
  const slot = event === 'pre_tool' ? SLOTS.before : SLOTS.after;
  return runHooks({ ...desk, hookServices }, definitions, {
    event,
    tool: checked.tool.name,
    facts: {
      ...facts,
      tool_input: checked.input,
      ...(output === undefined
        ? {}
        : { tool_response: { text: output.text, is_error: output.isError } }),
    },
    workspace,
    ...slotOf(context.step, position, slot),
    signal: context.signal,
  });
}

/**
 * Where hooks follow, the result is kept before they begin: what they change in the files hides the mark by which a command knows that it has
 * run.
 */
async function executeOnce(desk: RulesDesk, ruled: RuledCall): Promise<ToolOutput> {
  const { definitions, checked, context, position } = ruled;
  const follow = hooksFor(definitions.hooks, 'post_tool', checked.tool.name).slice(0, MOST_AT_ONCE);
  if (desk.hookServices === undefined || follow.length === 0) return carryOut(ruled);
  const { key, from } = slotOf(context.step, position, SLOTS.output);
  const { result } = await desk.journal.settle({
    key: innerStepKey(key, from),
    identity: { tool: checked.tool.name },
    isInner: true,
    parse: storedOutput,
    run: () => carryOut(ruled),
  });
  return result;
}

async function carryOut({
  checked,
  context,
  definitions,
  loadedSkills,
}: RuledCall): Promise<ToolOutput> {
  const { tool, input } = checked;
  const globs = SEARCHES.has(tool.name) ? hiddenGlobs(definitions.permissions, tool.name) : [];
  const { skills } = definitions;
  const shown = {
    ...context,
    ...(globs.length === 0 ? {} : { hiddenGlobs: globs }),
    ...(tool.name === 'skill' ? { skills, loadedSkills } : {}),
  };
  return (
    (await tool.execute?.(input, shown)) ?? {
      text: `${tool.name} is answered by the engine.`,
      isError: true,
    }
  );
}
