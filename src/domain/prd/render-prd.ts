import type { Story } from '../run/story.js';
import type { VerificationStep } from '../proof/verification.js';
import type { Prd } from './prd.js';

/**
 * A PRD as a file in codetether's own format: pretty-printed JSON with a final newline, every story open. What other
 * formats say in other fields is kept in these.
 */
export function renderPrd(prd: Prd, createdAt: string): string {
  const named = Object.fromEntries(
    prd.qualityChecks.map(({ name, command }) => [name, command] as const),
  );
  const document = {
    project: prd.project,
    feature: prd.feature,
    branch_name: prd.branchName,
    version: '1.0',
    user_stories: prd.stories.map(storyDocument),
    technical_requirements: prd.technicalRequirements,
    quality_checks: { typecheck: null, lint: null, test: null, build: null, ...named },
    created_at: createdAt,
    updated_at: createdAt,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function storyDocument(story: Story): Record<string, unknown> {
  return {
    id: story.id,
    title: story.title,
    description: story.description,
    acceptance_criteria: story.acceptanceCriteria,
    passes: false,
    priority: story.priority,
    depends_on: story.dependsOn,
    complexity: story.complexity,
    ...(story.verificationSteps.length === 0
      ? {}
      : { verification_steps: story.verificationSteps.map(stepDocument) }),
  };
}

function stepDocument(step: VerificationStep): Record<string, unknown> {
  switch (step.type) {
    case 'shell':
      return {
        type: step.type,
        name: step.name,
        command: step.command,
        cwd: step.cwd,
        expect_output_contains: step.expectOutputContains,
        expect_files_glob: step.expectFilesGlob,
      };
    case 'file_exists':
      return { type: step.type, name: step.name, path: step.path, glob: step.glob };
    case 'url':
      return {
        type: step.type,
        name: step.name,
        url: step.url,
        method: step.method,
        expect_status: step.expectStatus,
        expect_body_contains: step.expectBodyContains,
        timeout_secs: step.timeoutMs / 1000,
      };
  }
}
