import type { DraftPrdInput } from '../../contracts/index.js';
import { checkLines, joinParts, section } from './prompt-parts.js';

/** What the model must know of the format; the same bytes for every draft. */
export const DRAFT_SYSTEM_PROMPT = `You turn what a person wants into a product requirements document (PRD) that coding agents work off, story by story.
Answer with one JSON object and nothing else, no code fence, in this format:
{
  "project": "shop",
  "feature": "User login",
  "branch_name": "feature/user-login",
  "user_stories": [
    {
      "id": "US-001",
      "title": "Login form",
      "description": "As a visitor, I want to log in with name and password so that I see my orders.",
      "acceptance_criteria": ["A wrong password shows an error and no session is made", "A unit test covers both cases"],
      "priority": 1,
      "depends_on": [],
      "complexity": 2
    }
  ],
  "technical_requirements": ["Passwords are hashed with the library that is there already"],
  "quality_checks": { "typecheck": null, "lint": null, "test": "npm test", "build": null }
}
Rules:
- Each story is small enough for one agent in one sitting, leaves the repository working, and is proven by checks.
- Ids are US-001, US-002 and so on. depends_on names ids of this document only, without circles. priority 1 comes first, complexity is 1 to 5.
- Acceptance criteria can be verified by a command or by reading the code; no "works well".
- Only what was asked for. State an assumption as a technical requirement.
- quality_checks: only commands that the repository is known to have, else null.`;

/** The request of one draft, or of the repair of an earlier one. Pure; the same input gives the same bytes. */
export function draftPrompt(input: DraftPrdInput): string {
  const { repository } = input;
  return joinParts([
    `Project: ${input.project}`,
    input.feature === null ? '' : `Feature: ${input.feature}`,
    `What is wanted:\n${input.request.trim()}`,
    section('Files at the top of the repository', repository.files.join('\n')),
    section('Checks of the repository', checkLines(repository.checks)),
    proposed(repository.proposed),
    section('Beginning of its README', repository.readme),
  ]);
}

function proposed(proposal: DraftPrdInput['repository']['proposed']): string {
  if (proposal === undefined) return '';
  const start = 'The repository is empty: the first story sets the project up.';
  if (proposal.checks.length === 0) return `${start} quality_checks are all null.`;
  return section(
    `${start} Checks that it creates with everything that they need, and that go into quality_checks`,
    checkLines(proposal.checks),
  );
}

/** What the model is told about an answer that is no valid PRD. */
export function repairPrompt(problems: readonly string[]): string {
  return `That is no valid PRD:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer with the whole corrected JSON object and nothing else.`;
}
