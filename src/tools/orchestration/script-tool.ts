import { scriptCallSchema } from '../../domain/index.js';
import { defineTool } from '../tool.js';

const DESCRIPTION = `Run a small JavaScript program over agents and wait for what it returns: for work of many parts or rounds. source: export const meta = {name: "…", description: "…"}, then statements with await and return; or name: a script of the repository.
agent(prompt, {schema, label, touches: [globs], profile: "build" | "explore" | "plan"}) = the agent's last words, or a value of the JSON Schema; throws where it failed. parallel([() => agent(…), …]); pipeline(items, (value, item) => agent(…), …); phase(title); log(text); args = what you pass.
Example: const notes = await parallel(args.map((file) => () => agent("Review " + file))); return notes.filter(Boolean).join("\\n");
The program itself has no files and no network: agents have.`;

/** Runs a program over agents that the model wrote; the workflow starts them. */
export const scriptTool = defineTool({
  name: 'script',
  isDeferred: true,
  description: DESCRIPTION,
  parameters: scriptCallSchema,
  execution: 'workflow',
  access: 'execute',
  title: ({ source, name }) => `script: ${name ?? nameIn(source ?? '')}`,
});

/** What a script calls itself, for people; it is read properly before it runs. */
function nameIn(source: string): string {
  return /\bname:\s{0,10}['"`]([\w-]{1,64})['"`]/.exec(source.slice(0, 2000))?.[1] ?? 'a program';
}
