import { posix } from 'node:path';
import {
  fieldsOf,
  judgeCall,
  mcpToolName,
  namedTool,
  type Ruling,
  type PermissionSet,
  visibleLine,
  type RuleNote,
  type ToolCall,
} from '../../domain/index.js';
import { redactText } from '../../observability/index.js';
import { resolveInside } from '../../platform/index.js';
import type { AnyTool, ToolContext, ToolRegistry } from '../../tools/index.js';

type Folders = Pick<ToolContext['workspace'], 'root' | 'workdir' | 'isView'>;

/** A checked call. */
export interface CheckedCall {
  readonly tool: AnyTool;
  readonly input: unknown;
}

/**
 * What rules of people say about a checked call. Paths are compared as they are written and as they resolve, relative to the root of the
 * workspace: neither a link nor `..` leads past a rule.
 */
export async function judgeTool(
  sets: readonly PermissionSet[],
  { tool, input }: CheckedCall,
  workspace: Folders | undefined,
): Promise<Ruling> {
  if (sets.length === 0) return { effect: 'allow', rule: '' };
  const subjects = subjectsOf(tool, input);
  const isOfPaths = namedTool(tool.name)?.subject === 'path';
  const resolved =
    subjects === null || !isOfPaths || workspace === undefined
      ? subjects
      : await pathsOf(tool.access === 'read' ? subjects.filter(isOfFiles) : subjects, workspace);
  const ruling = judgeCall(sets, { tool: tool.name, subjects: resolved });
  const asked = serverCall(tool, input);
  if (asked === undefined || ruling.effect === 'deny') return ruling;
  const ofServer = judgeCall(sets, { tool: asked, subjects: [] });
  return ofServer.effect === 'deny' || ruling.effect === 'allow' ? ofServer : ruling;
}

/** What a server is asked for besides its tools counts as a tool of it: `mcp__github__read`. */
function serverCall(tool: AnyTool, input: unknown): string | undefined {
  if (tool.name !== 'mcp') return undefined;
  const { action, server } = fieldsOf(input);
  if (typeof action !== 'string' || typeof server !== 'string') return undefined;
  return mcpToolName({ server, tool: action });
}

/** Characters of a call that a person can look at. */
const SHOWN_LIMIT = 700;

/** The note of a judgement; undefined for what may be done. Pure. */
export function ruleNote(
  { effect, rule }: Ruling,
  { tool, input }: CheckedCall,
): RuleNote | undefined {
  if (effect === 'allow') return undefined;
  const note = { effect, rule: rule.slice(0, 900) };
  if (effect === 'deny') return note;
  // what a person says yes to is seen whole, invisible characters included
  const shown = `${tool.name} ${visibleLine(JSON.stringify(input))}`;
  return shown.length > SHOWN_LIMIT ? note : { ...note, call: redactText(shown) };
}

/** What rules say about a call that the workflow answers; undefined for what may be done, and for what is no call. */
export async function ruledCall(
  call: ToolCall,
  sets: readonly PermissionSet[],
  registry: Pick<ToolRegistry, 'parseCall'>,
): Promise<RuleNote | undefined> {
  const parsed = registry.parseCall(call);
  if (!parsed.isValid) return undefined;
  return ruleNote(await judgeTool(sets, parsed, undefined), parsed);
}

function subjectsOf(tool: AnyTool, input: unknown): readonly string[] | null {
  if (tool.subjects !== undefined) return tool.subjects(input);
  return (namedTool(tool.name)?.subject ?? 'none') === 'none' ? [] : null;
}

/** False for a kept output: exactly the names that reading tools take for one, all others are paths of files. */
function isOfFiles(path: string): boolean {
  return !/^@output\/[0-9a-f]{12}(?:\.txt)?$/.test(path);
}

async function pathsOf(paths: readonly string[], workspace: Folders): Promise<readonly string[]> {
  const all = await Promise.all(
    paths.map(async (path) => {
      const written = posix.normalize(
        posix.isAbsolute(path)
          ? posix.relative(workspace.root, path)
          : posix.join(workspace.workdir, path),
      );
      const inside = await resolveInside(workspace, path, 'read');
      return inside.isInside ? [written, inside.path.relative] : [written];
    }),
  );
  return [...new Set(all.flat().map((path) => path.replace(/^\.\//, '')))];
}
