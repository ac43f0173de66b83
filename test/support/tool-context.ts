import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/platform/storage/blob-store.js';
import { workspaceGit } from '../../src/platform/workspace/snapshot.js';
import { type Git } from '../../src/platform/git/git.js';
import { toolRegistry } from './tool-registry.js';
import { type AnyTool, type ToolContext, type ToolOutput } from '../../src/tools/tool.js';
import { workspaceFixture, type WorkspaceFixture } from './workspace-fixture.js';

/** A workspace with tools to call in it, as a model would; what was seen is remembered between calls. */
export interface ToolBench extends WorkspaceFixture {
  readonly seen: Map<string, string>;
  workspaceGit(): Git;
  call(
    name: string,
    input: Readonly<Record<string, unknown>>,
    changes?: Partial<ToolContext>,
  ): Promise<ToolOutput>;
}

/** What a tool gets when it is called in `workspace`, as the first step of an agent that has seen nothing. */
export function toolContext(
  workspace: WorkspaceFixture['workspace'],
  changes: Partial<ToolContext> = {},
): ToolContext {
  return {
    step: { scope: 'test', step: 1, index: 0 },
    workspace,
    seen: new Map(),
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    keepWhole: async (text) => {
      const name = sha256(text).slice(0, 12);
      await mkdir(join(workspace.state, 'outputs'), { recursive: true });
      await writeFile(join(workspace.state, 'outputs', `${name}.txt`), text);
      return `@output/${name}`;
    },
    network: 'none',
    ...changes,
  };
}

/** What a tool answers to `input`, which it parses first, as the registry does. */
export async function callTool(
  tool: AnyTool,
  input: Readonly<Record<string, unknown>>,
  context: ToolContext,
): Promise<ToolOutput> {
  if (tool.execute === undefined) throw new Error(`${tool.name} has nothing to execute`);
  return tool.execute(tool.parameters.parse(input), context);
}

/** Creates a workspace with `files` and a registry of all tools on it. */
export async function toolBench(files: Readonly<Record<string, string>> = {}): Promise<ToolBench> {
  const fixture = await workspaceFixture(files);
  const registry = await toolRegistry(fixture.home);
  const seen = new Map<string, string>();
  let step = 0;
  return {
    ...fixture,
    seen,
    workspaceGit: () => workspaceGit(fixture.workspace),
    async call(name, input, changes = {}) {
      step += 1;
      const parsed = registry.parseCall({
        id: `call-${step}`,
        name,
        arguments: JSON.stringify(input),
      });
      if (!parsed.isValid) return { text: parsed.explanation, isError: true };
      if (parsed.tool.execute === undefined) throw new Error(`${name} has nothing to execute`);
      const output = await parsed.tool.execute(
        parsed.input,
        toolContext(fixture.workspace, {
          step: { scope: 'test', step, index: 0 },
          seen,
          ...changes,
        }),
      );
      for (const file of output.seen ?? []) seen.set(file.path, file.hash);
      return output;
    },
  };
}
