import type { ToolSchema } from './tool-schema.js';
import type { AnyTool, ToolContext } from './tool.js';

/** Tools that are not known before somebody asks where they come from. */
export interface ForeignTools {
  /** The tool of this name, without asking anybody; undefined for a name of another kind, and of one that nobody may call. */
  tool(name: string): AnyTool | undefined;
  /** All of them as they are now, and what could not be asked, for the model. */
  schemas(
    context: Pick<ToolContext, 'workspace' | 'signal'>,
  ): Promise<{ readonly schemas: readonly ToolSchema[]; readonly notes: readonly string[] }>;
}
