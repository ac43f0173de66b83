import { createHash } from 'node:crypto';
import {
  depthOf,
  InvariantError,
  modelText,
  visibleLine,
  type ToolCall,
  type ToolCallSummary,
} from '../domain/index.js';
import { createA2aTools } from './a2a/family.js';
import type { RemoteAgentServices } from './a2a/services.js';
import { ownNames } from './argument-names.js';
import { BRIDGE, bridgedCall } from './bridge/bridged-call.js';
import { createBridgeTool } from './bridge/use-tool.js';
import { closestNames } from './closest-name.js';
import { createFileTools } from './files/family.js';
import { undoTool } from './history/undo.js';
import type { ForeignTools } from './foreign-tools.js';
import { MCP_TOOL, namedCall } from './mcp/named-call.js';
import { createLspTools } from './lsp/family.js';
import type { ServerPool } from './lsp/server/server-pool.js';
import { createOrchestrationTools } from './orchestration/family.js';
import { applyPatchTool } from './patch/apply-patch.js';
import { batchTool } from './run/batch.js';
import { createRunTools } from './run/bash.js';
import { createSearchTools } from './search/family.js';
import { exampleArguments, toJsonSchema, type ToolSchema } from './tool-schema.js';
import { createWebTools } from './web/family.js';
import type { AnyTool, ToolServices } from './tool.js';

/** What all families are built from. */
export interface FamilyServices extends ToolServices {
  /** Language servers; absent = no tool for them is offered. */
  readonly servers?: ServerPool | undefined;
  /** Agents elsewhere; absent = no tool for them is offered. */
  readonly remote?: RemoteAgentServices | undefined;
}

/** Every tool that is built in by its family, one line a family. */
export function toolFamilies(services: FamilyServices): Readonly<Record<string, AnyTool[]>> {
  return {
    a2a: services.remote === undefined ? [] : createA2aTools(services.remote),
    files: [...createFileTools(), applyPatchTool, undoTool],
    lsp: services.servers === undefined ? [] : createLspTools(services.servers),
    orchestration: createOrchestrationTools(),
    run: [batchTool, ...createRunTools(services)],
    search: createSearchTools(),
    web: services.web === undefined ? [] : createWebTools(services.web),
  };
}

/** Every tool that is built in. */
export function builtInTools(services: FamilyServices): AnyTool[] {
  return Object.values(toolFamilies(services)).flat();
}

const MAX_TITLE = 80;
/** No tool takes more than a handful; walks over deeper values end in an overflow of the stack. */
const MAX_DEPTH = 64;
const MAX_EXPLANATION = 4000;
const MAX_HELP = 6000;
/** Arguments of workflow tools travel in the history, so they are bounded. */
const MAX_WORKFLOW_ARGUMENTS = 32 * 1024;

/** A call checked against its tool, or an explanation for the model. */
export type ParsedCall =
  | { readonly isValid: true; readonly tool: AnyTool; readonly input: unknown }
  | { readonly isValid: false; readonly explanation: string };

/** The tools by name, and what models and workflows need to know of them. */
export interface ToolRegistry {
  /** By name or alias. */
  get(name: string): AnyTool | undefined;
  /** All of them, ordered by name. */
  all(): readonly AnyTool[];
  /** The named tools, ordered by name. Throws InvariantError `ERR_TOOL_UNKNOWN`. */
  toolset(names: readonly string[]): readonly AnyTool[];
  /** Schemas of the named tools, ordered by name; the same bytes for the same names, always. */
  toolSchemas(names: readonly string[]): readonly ToolSchema[];
  /** What the workflow may know of a call; never throws, a bad call has the execution `invalid`. */
  describeCall(call: ToolCall, index: number): ToolCallSummary;
  /** Names a call by what it asks for in the end: the same for calls that differ only in the order of arguments, or come by the bridge. */
  digestOf(call: ToolCall): string;
  /** Says what is wrong with a call that {@link parseCall} refuses, with the closest tool, the places and an example. */
  explainInvalid(call: ToolCall): string;
  parseCall(call: ToolCall): ParsedCall;
}

/** A registry of `tools`, and of the bridge to those of them that are deferred, and to those of others. */
export function createToolRegistry(own: readonly AnyTool[], foreign?: ForeignTools): ToolRegistry {
  const bridge = createBridgeTool(
    () => own.filter(({ isDeferred }) => isDeferred).map(schemaOf),
    foreign,
  );
  const tools = [...own, bridge];
  const byName = new Map<string, AnyTool>();
  const sorted = tools.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  for (const tool of tools)
    for (const name of [tool.name, ...(tool.aliases ?? [])]) byName.set(name, tool);
  const schemas = new Map<string, ToolSchema>();

  const schemaOf = (tool: AnyTool): ToolSchema => {
    const known = schemas.get(tool.name);
    if (known !== undefined) return known;
    const schema = {
      name: tool.name,
      description: tool.description,
      parameters: tool.inputSchema ?? toJsonSchema(tool.parameters),
    };
    // Names of others are made up by whoever calls them.
    if (byName.has(tool.name)) schemas.set(tool.name, schema);
    return schema;
  };
  const find = (name: string): AnyTool | undefined => byName.get(name) ?? foreign?.tool(name);
  const toolset = (names: readonly string[]): readonly AnyTool[] =>
    [...new Set(names.map((name) => byName.get(name) ?? unknownTool(name)))].toSorted(
      (left, right) => (left.name < right.name ? -1 : 1),
    );
  const parseCall = (asked: ToolCall): ParsedCall => {
    const { call, isBridged } = unwrap(asked);
    const tool = find(call.name);
    if (tool === undefined)
      return { isValid: false, explanation: explainUnknown(call.name, [...byName.keys()], sorted) };
    const parsed = parseArguments(tool, call.arguments, schemaOf(tool));
    if (parsed.isValid) return parsed;
    const { parameters } = schemaOf(tool);
    // Who calls it through the bridge may never have seen its schema.
    const help = isBridged
      ? `arguments: ${JSON.stringify(parameters)}`
      : `Example: ${exampleArguments(parameters)}`;
    const why = modelText(parsed.explanation, MAX_EXPLANATION);
    return { isValid: false, explanation: `${tool.name}: ${why}\n${modelText(help, MAX_HELP)}` };
  };

  return {
    get: find,
    all: () => sorted,
    toolset,
    toolSchemas: (names) => toolset(names).map(schemaOf),
    parseCall,
    digestOf: (call) => callDigest(unwrap(call).call),
    explainInvalid(call) {
      const parsed = parseCall(call);
      return parsed.isValid ? `${parsed.tool.name}: the call is valid.` : parsed.explanation;
    },
    describeCall: (call, index) => summarize(unwrap(call).call, index, parseCall(call)),
  };
}

/** What a call asks for: a call of the bridge that names a tool is a call of that tool. */
function unwrap(call: ToolCall): { readonly call: ToolCall; readonly isBridged: boolean } {
  const isReadable = call.name === BRIDGE && depthOf(call.arguments) <= MAX_DEPTH;
  const inner = isReadable ? bridgedCall(call) : null;
  const asked = inner ?? call;
  const named =
    asked.name === MCP_TOOL && depthOf(asked.arguments) <= MAX_DEPTH ? namedCall(asked) : null;
  return { call: named ?? asked, isBridged: inner !== null || named !== null };
}

function unknownTool(name: string): never {
  throw new InvariantError('ERR_TOOL_UNKNOWN', {
    message: `there is no tool "${name}"`,
    hint: 'this is a defect of the toolset that asked for it; report it',
  });
}

function explainUnknown(
  wanted: string,
  known: readonly string[],
  tools: readonly AnyTool[],
): string {
  const name = visibleLine(wanted).slice(0, MAX_TITLE);
  const near = closestNames(name, known)[0];
  const advice = near === undefined ? '' : ` Did you mean ${near}?`;
  const named = tools.filter(({ isOfRepl }) => isOfRepl !== true).map((tool) => tool.name);
  return `There is no tool "${name}".${advice} Tools: ${named.join(', ')}.`;
}

function parseArguments(tool: AnyTool, text: string, schema: ToolSchema): ParsedCall {
  if (tool.execution === 'workflow' && Buffer.byteLength(text) > MAX_WORKFLOW_ARGUMENTS) {
    return {
      isValid: false,
      explanation: `the arguments are longer than ${MAX_WORKFLOW_ARGUMENTS} bytes; write less.`,
    };
  }
  if (depthOf(text) > MAX_DEPTH)
    return {
      isValid: false,
      explanation: `the arguments are nested deeper than ${MAX_DEPTH} levels.`,
    };
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { isValid: false, explanation: `the arguments are not JSON (${reason}).` };
  }
  const parsed = tool.parameters.safeParse(ownNames(value, schema.parameters));
  if (parsed.success) return { isValid: true, tool, input: parsed.data };
  const issues = parsed.error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || 'arguments'}: ${issue.message}`,
  );
  return {
    isValid: false,
    explanation: `the arguments do not fit. ${issues.slice(0, 10).join('; ')}.`,
  };
}

function summarize(call: ToolCall, index: number, parsed: ParsedCall): ToolCallSummary {
  const base = { id: call.id, name: call.name, index, digest: callDigest(call) };
  if (!parsed.isValid) {
    return {
      ...base,
      execution: 'invalid',
      access: 'read',
      title: cut(`${call.name}: not a valid call`),
    };
  }
  const { tool, input } = parsed;
  const timeoutMs = tool.timeoutMs?.(input);
  return {
    ...base,
    name: tool.name,
    execution: tool.execution,
    access: tool.access,
    title: cut(tool.title(input)),
    ...(tool.execution === 'workflow' ? { arguments: JSON.stringify(input) } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(tool.leavesRunning?.(input) === true ? { leavesRunning: true } : {}),
  };
}

function cut(title: string): string {
  const line = visibleLine(title);
  return line.length <= MAX_TITLE ? line : modelText(`${line.slice(0, MAX_TITLE - 1)}…`);
}

/** Equal for calls that differ only in the order of their arguments or in white space. */
function callDigest(call: ToolCall): string {
  let canonical = call.arguments;
  try {
    canonical = JSON.stringify(sortKeys(JSON.parse(call.arguments)));
  } catch {
    // Not JSON: the raw text identifies the call.
  }
  return createHash('sha256').update(`${call.name}\n${canonical}`).digest('hex').slice(0, 16);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
