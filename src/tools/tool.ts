import type { z } from 'zod';
import type {
  AskedPerson,
  CallFollowUp,
  ContinuedCall,
  ParkedAnswer,
  Picture,
  SeenFile,
  Skill,
  StepKey,
  ToolAccess,
  ToolExecution,
} from '../domain/index.js';
import type { NetworkAccess, Sandbox } from '../platform/index.js';
import type { WebServices } from './web/services.js';
import { describeMistake } from './mistake.js';

/** What a tool hands back. A wrong edit or exit code 1 is an output with `isError`, never a throw. */
export interface ToolOutput {
  /** The text for the model, already within the tool's limits. */
  readonly text: string;
  readonly isError: boolean;
  /** Pictures for models that take them; the text says what they show. */
  readonly pictures?: readonly Picture[];
  /** Files whose present version the model has now seen. */
  readonly seen?: readonly SeenFile[];
  /** Facts that count as progress for the stall guard, for example `file:<hash>` or `bash:<exit code>:<output hash>`. */
  readonly progress?: readonly string[];
  readonly exitCode?: number;
  /** Name of the skill whose text this is. */
  readonly skill?: string;
  /** Sandbox level, for tools that start processes. */
  readonly sandbox?: string;
  /** What has to be asked of the person before the call can be made; it is made again with the answer. */
  readonly asks?: AskedPerson;
  /** The call goes on elsewhere: it is carried out again with this handle until there is a result. The text is what is known so far. */
  readonly continues?: ContinuedCall;
}

/** What a running tool may use. */
export interface ToolContext {
  /** Key of this call; the same on every retry. */
  readonly step: StepKey;
  /** The workspace the call works in. */
  readonly workspace: ToolWorkspace;
  /** File versions the model has seen so far, by workspace-relative path. */
  readonly seen: ReadonlyMap<string, string>;
  /** Aborts when the call is cancelled or times out. */
  readonly signal: AbortSignal;
  /** Reports small progress facts; cheap, may be called often. */
  readonly heartbeat: (details: Readonly<Record<string, unknown>>) => void;
  /** Stores a whole output of which the model sees a part; returns the name to mention to the model. */
  readonly keepWhole: (text: string) => Promise<string>;
  /** What started processes may reach. */
  readonly network: NetworkAccess;
  /** Skills that the agent may take up, and the names of those that it has; absent = none. */
  readonly skills?: readonly Skill[];
  readonly loadedSkills?: readonly string[];
  /** Globs of paths that searches may not show, because rules of people forbid to read them; absent = none. */
  readonly hiddenGlobs?: readonly string[];
  /** What the person has answered to questions of this call, made before. */
  readonly answers?: readonly ParkedAnswer[];
  /** The call goes on elsewhere, and this is a further look at it; absent = it begins. */
  readonly followUp?: CallFollowUp;
  /** What else is done with files that the call changes; absent = nothing. */
  readonly followUps?: EditFollowUps;
  /** Calls of other tools as parts of this one; absent within such a call. */
  readonly inner?: InnerCalls;
}

/** A file as a call found it and as it left it; undefined = there was or is none. Bytes of another encoding as they are. */
export interface WrittenFile {
  /** Workspace-relative. */
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** What the person's configuration wants done with files that a call changes, in the same step. */
export interface EditFollowUps {
  /**
   * For each file the bytes that are written in place of `content`, and lines about it for the result. What a formatter does wrong is
   * such a line.
   */
  readonly format?: (
    context: ToolContext,
    files: readonly { readonly path: string; readonly content: Uint8Array }[],
  ) => Promise<readonly { readonly content: Uint8Array; readonly lines: readonly string[] }[]>;
  /** Lines about files that were just written, for the result. Never rejects. */
  readonly review?: (
    context: ToolContext,
    files: readonly WrittenFile[],
  ) => Promise<readonly string[]>;
}

/** A call inside another one. */
export interface InnerCall {
  readonly name: string;
  readonly input: unknown;
}

/** What is known of a call before it is carried out, or why it never is. */
export type InnerCallFacts =
  | { readonly isPossible: true; readonly access: ToolAccess; readonly title: string }
  | { readonly isPossible: false; readonly reason: string };

/** Carries out calls inside a call as if each had been made alone: checked, recorded once under a key of its own, redacted. */
export interface InnerCalls {
  describe(call: InnerCall): InnerCallFacts;
  /** `position` (from 0) names the call: with the same one it is never carried out twice. */
  run(call: InnerCall, position: number, seen: ToolContext['seen']): Promise<ToolOutput>;
}

/** What families of tools are built from; once per worker. */
export interface ToolServices {
  /** Holds every process that a tool starts. */
  readonly sandbox: Sandbox;
  /** Folders that started processes must not see, such as CODETETHER_HOME. */
  readonly masked: readonly string[];
  /** What of the web they may reach; absent = nothing, and no tool for it is offered. */
  readonly web?: WebServices | undefined;
}

/** A workspace resolved to folders on this machine. */
export interface ToolWorkspace {
  /** Absolute path of the files; tools never leave it. */
  readonly root: string;
  /** Folder inside `root` where commands start and relative paths begin, `.` for the root. */
  readonly workdir: string;
  /** Absolute path of the state folder (redo log, index, snapshot records), outside `root` and out of every sandbox. */
  readonly state: string;
  /** Absolute path of the bare repository that holds snapshots. */
  readonly gitDir: string;
  /** Ref prefix of this workspace's snapshots, for example `refs/codetether/lanes/<run>/lane-1`. */
  readonly refPrefix: string;
  /** It shows a folder of the person, of which not everything is for tools. */
  readonly isView?: true;
}

/** A tool of any schema, as the registry keeps it; call it with what its own `parameters` parsed. */
export type AnyTool = Omit<
  Tool,
  'title' | 'timeoutMs' | 'leavesRunning' | 'subjects' | 'execute'
> & {
  readonly title: (input: unknown) => string;
  readonly timeoutMs?: (input: unknown) => number | undefined;
  readonly leavesRunning?: (input: unknown) => boolean;
  readonly subjects?: (input: unknown) => readonly string[] | null;
  readonly execute?: (input: unknown, context: ToolContext) => Promise<ToolOutput>;
};

/**
 * Checks a tool's functions against its own schema, then forgets the schema's type. What a model's path makes the system
 * refuse becomes a result here, whatever tool it is.
 */
export function defineTool<Schema extends z.ZodType>(tool: Tool<Schema>): AnyTool {
  const { execute } = tool;
  const checked =
    execute === undefined
      ? tool
      : {
          ...tool,
          execute: (input: z.infer<Schema>, context: ToolContext) =>
            answered(execute(input, context), context.workspace.root),
        };
  // Sound because the registry parses with `tool.parameters` before it calls any of the functions.
  return checked as unknown as AnyTool;
}

/** The result of a tool; a fault of the system that a path of the model caused is one for the model. */
async function answered(work: Promise<ToolOutput>, root: string): Promise<ToolOutput> {
  try {
    return await work;
  } catch (error) {
    const mistake = describeMistake(error, root);
    if (mistake === undefined) throw error;
    return toolError(mistake);
  }
}

/** The result of a call that could not do what was asked. */
export function toolError(text: string): ToolOutput {
  return { text, isError: true };
}

/** One tool: schema for the model, how it runs, and the work itself. One file and one registry line each. */
export interface Tool<Schema extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** Other names that models use for it. */
  readonly aliases?: readonly string[];
  /**
   * It does nothing itself: what it calls is checked call by call, so that it is open to agents that only read. It cannot be called
   * inside a call.
   */
  readonly isCarrier?: true;
  /** Each call of it has to be an event of the run: it cannot be called inside a call, which is one event. */
  readonly standsAlone?: true;
  /** Only agents that answer by code are offered it, and hear of it. */
  readonly isOfRepl?: true;
  /** Agents are not told of it: they find and call it through `use_tool`. */
  readonly isDeferred?: true;
  /** For the model; short, because it is sent with every request. */
  readonly description: string;
  readonly parameters: Schema;
  /** JSON Schema for the model, of a tool that brings its own (MCP); absent = generated from `parameters`. */
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  readonly execution: Exclude<ToolExecution, 'invalid'>;
  readonly access: ToolAccess;
  /** One line for people, at most 80 characters. */
  readonly title: (input: z.infer<Schema>) => string;
  /** Time limit in milliseconds the call asks for; absent = the default of its execution kind. */
  readonly timeoutMs?: (input: z.infer<Schema>) => number | undefined;
  /** True when something of the call goes on after its result: its agent has to end that. Absent = never. */
  readonly leavesRunning?: (input: z.infer<Schema>) => boolean;
  /**
   * What rules of people are compared with: its command, paths as the model wrote them, host or name; null = nobody knows beforehand.
   * Absent = as {@link namedTool} says: none, or unknown.
   */
  readonly subjects?: (input: z.infer<Schema>) => readonly string[] | null;
  /**
   * Does the work; called with parsed input. Absent for `workflow` tools. Throws only for infrastructure faults,
   * which Temporal retries under the same step key.
   */
  readonly execute?: (input: z.infer<Schema>, context: ToolContext) => Promise<ToolOutput>;
}
