export { reportDocument } from './document.js';
export {
  type NextStep,
  type OutputExcerpts,
  evidenceOutputs,
  formatUsd,
  nextSteps,
} from './format.js';
export { renderHtmlReport } from './html.js';
export { renderReport } from './markdown.js';
export { type PullRequestText, renderPullRequest } from './pull-request.js';
