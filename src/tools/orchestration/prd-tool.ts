import { z } from 'zod';
import { CodetetherError, parsePrd, renderPrd, type Prd } from '../../domain/index.js';
import { parseJsonDocument } from '../../platform/index.js';
import { planWrite } from '../files/write-file.js';
import { readTextFile } from '../files/text-file.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from '../files/redo-log.js';
import { defineTool, type ToolContext, type ToolOutput } from '../tool.js';

const DEFAULT_PATH = 'prd.json';
const MAX_JSON = 1024 * 1024;

const parameters = z.object({
  action: z.enum(['analyze', 'generate', 'validate', 'save']),
  task_description: z.string().max(20_000).optional(),
  project: z.string().max(200).optional(),
  feature: z.string().max(200).optional(),
  stories: z.array(z.record(z.string(), z.unknown())).max(200).optional(),
  quality_checks: z.record(z.string(), z.string()).optional(),
  prd_path: z.string().max(1000).optional(),
  prd_json: z.string().max(MAX_JSON).optional(),
});

type PrdInput = z.infer<typeof parameters>;

/** Helps to write a PRD: questions first, then a check of every story, then the file. */
export const prdTool = defineTool({
  name: 'prd',
  isDeferred: true,
  description:
    'Write a PRD for codetether ralph. analyze: what to find out first; generate: a PRD from stories; validate: everything that is wrong with prd_json or prd_path; save: validate, then write prd_path.',
  parameters,
  execution: 'local',
  access: 'write',
  title: ({ action, prd_path: path }) => `prd: ${action} ${path ?? ''}`.trim(),
  subjects: ({ action, prd_path: path = DEFAULT_PATH }) =>
    action === 'save' || action === 'validate' ? [path] : [],
  async execute(input, context): Promise<ToolOutput> {
    if (input.action === 'analyze') return { text: QUESTIONS, isError: false };
    if (input.action === 'save') return applyOnce(context, () => planSave(input, context));
    const source = await sourceOf(input, context);
    if (!('text' in source)) return source.refusal;
    const checked = checkPrd(source.text, source.name);
    if ('problem' in checked) return { text: checked.problem, isError: true };
    return input.action === 'generate'
      ? { text: rendered(checked.prd), isError: false }
      : { text: `Valid: ${describe(checked.prd)}`, isError: false };
  },
});

const QUESTIONS = `Find these out, in the repository first, and ask the owner with question only for what is theirs to decide:
1. What is there when it is done, and who uses it? One sentence a story, in the order in which they build on each other.
2. How is each story seen to be done? Criteria that a command or a person can check, no intentions.
3. Which commands prove that nothing broke (typecheck, lint, test, build)?
4. What must not change: interfaces, data, files, dependencies?
5. What is left out on purpose?
Then: prd {"action": "generate", "project": "…", "feature": "…", "stories": [{"id": "US-001", "title": "…", "description": "…", "acceptance_criteria": ["…"], "depends_on": []}], "quality_checks": {"test": "…"}}, and save with prd_path.`;

function describe({ project, feature, stories, qualityChecks }: Prd): string {
  return `${project}, ${feature}: ${stories.length} stories, ${qualityChecks.length} checks.`;
}

type Source = { readonly text: string; readonly name: string } | { readonly refusal: ToolOutput };

/** The text that is checked: what the call holds, else the file. */
async function sourceOf(input: PrdInput, context: ToolContext): Promise<Source> {
  if (input.prd_json !== undefined) return { text: input.prd_json, name: 'prd_json' };
  if (input.stories !== undefined)
    return { text: JSON.stringify(generated(input)), name: 'stories' };
  const path = input.prd_path ?? DEFAULT_PATH;
  const answer = await readTextFile(context, path, 'read');
  if (answer.kind === 'file') return { text: answer.file.text, name: path };
  const text = answer.kind === 'refused' ? answer.reason : `${path}: no such file.`;
  return { refusal: { text, isError: true } };
}

function generated({ project, feature, stories, quality_checks: checks = {} }: PrdInput): object {
  return {
    project: project ?? 'project',
    feature: feature ?? 'feature',
    user_stories: stories ?? [],
    quality_checks: checks,
  };
}

function checkPrd(
  text: string,
  name: string,
): { readonly prd: Prd } | { readonly problem: string } {
  try {
    const document = parseJsonDocument(text, name);
    return { prd: parsePrd(document.value, name, (path) => document.lineOf(path)) };
  } catch (error) {
    if (error instanceof CodetetherError) return { problem: error.message };
    throw error;
  }
}

function rendered(prd: Prd): string {
  return renderPrd(prd, new Date().toISOString());
}

async function planSave(input: PrdInput, context: ToolContext): Promise<FilePlan> {
  const path = input.prd_path ?? DEFAULT_PATH;
  const source = await sourceOf(input, context);
  if (!('text' in source)) return refusePlan(source.refusal.text);
  const checked = checkPrd(source.text, source.name);
  if ('problem' in checked) return refusePlan(`${checked.problem}\nNothing was written.`);
  const content = input.prd_json ?? rendered(checked.prd);
  return planWrite({ path, content }, context);
}
