import { sha256 } from '../../platform/index.js';
import type { FilePlan } from '../file-plan.js';
import { seenHash } from '../files/text-file.js';
import type { ToolContext } from '../tool.js';

/** A plan whose files are as the person's formatters leave them, before anything of it is written down: a retry never formats again. */
export async function formatPlan(context: ToolContext, plan: FilePlan): Promise<FilePlan> {
  const format = context.followUps?.format;
  const files = plan.changes.flatMap(({ path, content }) =>
    content === null ? [] : [{ path, content }],
  );
  if (format === undefined || plan.isExact === true || files.length === 0) return plan;
  const formatted = await format(context, files);
  const byPath = new Map(files.map(({ path }, at) => [path, formatted[at]]));
  /** What is told about the files, from the old bytes to the new ones. */
  const facts = new Map<string, string>();
  const changes = plan.changes.map((change) => {
    const now = byPath.get(change.path);
    if (change.content === null || now === undefined) return change;
    facts.set(factOf(change.path, change.content), factOf(change.path, now.content));
    return { ...change, content: now.content };
  });
  const { output } = plan;
  const lines = formatted.flatMap((file) => file.lines);
  return {
    ...plan,
    changes,
    output: {
      ...output,
      text: [output.text, ...lines].join('\n'),
      seen: (output.seen ?? []).map(({ path, hash }) => {
        const now = facts.get(`file:${path}:${hash}`);
        return { path, hash: now?.slice(`file:${path}:`.length) ?? hash };
      }),
      progress: (output.progress ?? []).map((fact) => facts.get(fact) ?? fact),
    },
  };
}

function factOf(path: string, content: Uint8Array): string {
  return `file:${path}:${seenHash(sha256(content))}`;
}
