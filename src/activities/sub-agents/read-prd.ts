import { z } from 'zod';
import {
  blobRefSchema,
  CodetetherError,
  judgeCall,
  MOST_SUB_AGENTS,
  parsePrd,
  refusalText,
  shortLine,
  workspaceRefSchema,
  type Prd,
  type Story,
} from '../../domain/index.js';
import {
  openWorkspace,
  parseJsonDocument,
  readBounded,
  resolveInside,
} from '../../platform/index.js';
import { readDefinitions } from '../definitions/read-definitions.js';
import { defineStep } from '../lib/step.js';
import type { RalphDependencies } from '../workspace/dependencies.js';

const LARGEST_PRD = 4 * 1024 * 1024;
const INSTRUCTION_LIMIT = 8000;
const PROBLEM_LIMIT = 4000;

const partSchema = z.object({
  id: z.string(),
  instruction: z.string(),
  dependsOn: z.array(z.string()),
  priority: z.number().int(),
  passes: z.boolean(),
});

/**
 * The stories of a PRD in an agent's lane, as parts that agents can be handed, or what is wrong with it. Repeatable. As a tool call, it is held
 * to the rules of whoever asks.
 */
export const readPrdStep = defineStep<RalphDependencies>()({
  input: z.object({
    workspace: workspaceRefSchema,
    path: z.string().max(1000),
    definitions: blobRefSchema.optional(),
  }),
  async run({ workspace, path, definitions }, { dependencies }) {
    const { home, blobs } = dependencies;
    const folders = await openWorkspace(home, workspace);
    const inside = await resolveInside(folders, path, 'read');
    if (!inside.isInside) return { problem: shortLine(inside.reason, PROBLEM_LIMIT) };
    const { permissions } = await readDefinitions(definitions, blobs);
    const call = { tool: 'read_file', subjects: [inside.path.relative] };
    const ruling = judgeCall(permissions, call);
    if (ruling.effect !== 'allow') return { problem: refusalText('ralph', ruling) };
    try {
      const document = parseJsonDocument(
        await readBounded(inside.path.absolute, LARGEST_PRD),
        path,
      );
      const prd = parsePrd(document.value, path, (at) => document.lineOf(at));
      return { title: titleOf(prd), parts: z.array(partSchema).parse(partsOf(prd)) };
    } catch (error) {
      if (error instanceof CodetetherError)
        return { problem: error.message.slice(0, PROBLEM_LIMIT) };
      if (error instanceof Error && 'code' in error)
        return { problem: `${path}: it cannot be read (${String(error.code)}).` };
      throw error;
    }
  },
});

function titleOf({ project, feature }: Prd): string {
  return shortLine(`${project}: ${feature}`, 200);
}

function partsOf({ stories }: Prd): z.infer<typeof partSchema>[] {
  return stories.slice(0, MOST_SUB_AGENTS.count).map((story) => ({
    id: story.id,
    instruction: instructionOf(story),
    dependsOn: story.dependsOn,
    priority: Math.min(1000, Math.max(1, story.priority)),
    passes: story.passes,
  }));
}

function instructionOf({ title, description, acceptanceCriteria }: Story): string {
  const criteria = acceptanceCriteria.map((text) => `- ${text}`);
  const text = [
    title,
    description,
    ...(criteria.length === 0 ? [] : ['It is done when:', ...criteria]),
  ];
  return text.join('\n').slice(0, INSTRUCTION_LIMIT);
}
