import { branchSlug } from './branch-name.js';

/** A PRD file for a new feature, ready to be edited; pretty-printed JSON with a final newline. */
export function prdTemplate(options: {
  readonly feature: string;
  readonly project: string;
  readonly createdAt: string;
}): string {
  const slug = branchSlug(options.feature);
  const template = {
    project: options.project,
    feature: options.feature,
    branch_name: `feature/${slug}`,
    version: '1.0',
    user_stories: [
      {
        id: 'US-001',
        title: `First part of ${options.feature}`,
        description: 'As a user, I want … so that …',
        acceptance_criteria: ['Name something that a check or a reader can verify'],
        passes: false,
        priority: 1,
        depends_on: [],
        complexity: 2,
      },
    ],
    technical_requirements: [],
    quality_checks: { typecheck: null, lint: null, test: null, build: null },
    created_at: options.createdAt,
    updated_at: options.createdAt,
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}
