import type { DraftPrdInput } from '../../contracts/index.js';
import {
  branchSlug,
  CodetetherError,
  describeLocation,
  parsePrd,
  PrdInvalidError,
  renderPrd,
  type Prd,
} from '../../domain/index.js';
import { parseJsonDocument } from '../../platform/index.js';

const NAME = 'draft';
/** More problems help nobody, and they travel in a history. */
const PROBLEM_LIMIT = 30;

/** What a model's answer is worth: a file's text, or everything that is wrong with it. */
export type ReadDraft =
  | { readonly text: string; readonly problems: readonly [] }
  | { readonly text: null; readonly problems: readonly string[] };

/**
 * The PRD that a model's answer holds, in codetether's format, with every story open. Project, feature and known checks of
 * the request win over what the model says. Never throws.
 */
export function readDraft(
  answer: string,
  request: { readonly input: DraftPrdInput; readonly createdAt: string },
): ReadDraft {
  try {
    const document = parseJsonDocument(jsonPart(answer), NAME);
    const prd = parsePrd(document.value, NAME, (field) => document.lineOf(field));
    return { text: renderPrd(withRequest(prd, request.input), request.createdAt), problems: [] };
  } catch (error) {
    if (!(error instanceof CodetetherError)) throw error;
    return { text: null, problems: problemsOf(error).slice(0, PROBLEM_LIMIT) };
  }
}

function withRequest(prd: Prd, input: DraftPrdInput): Prd {
  const feature = input.feature ?? prd.feature;
  const { checks } = input.repository;
  return {
    ...prd,
    project: input.project,
    feature,
    branchName: prd.branchName === '' ? `feature/${branchSlug(feature)}` : prd.branchName,
    qualityChecks: checks.length > 0 ? [...checks] : prd.qualityChecks,
  };
}

/** The object in the answer; models put fences and sentences around it. */
function jsonPart(answer: string): string {
  const start = answer.indexOf('{');
  const end = answer.lastIndexOf('}');
  return start >= 0 && end > start ? answer.slice(start, end + 1) : answer;
}

function problemsOf(error: CodetetherError): string[] {
  if (!(error instanceof PrdInvalidError)) return [error.message];
  return error.problems.map(({ message, where }) => {
    const place = describeLocation({ ...where, file: undefined });
    return `${place === '' ? '' : `${place}: `}${message}`;
  });
}
