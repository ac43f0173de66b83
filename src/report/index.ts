export { type BoardRow, boardRow, rowMatches } from './board/board-row.js';
export { CHANGES_LIMIT, changesText, lineCommentSchema } from './board/change-request.js';
export { type DiffFilePage, diffPage } from './board/diff-page.js';
export { pageEvent } from './board/page-events.js';
export { asksAfter, type OpenAsks } from './board/open-asks.js';
export { runPage } from './board/run-page.js';
export { sortedWaiting, type WaitingItem, waitingItems } from './board/waiting.js';
export { reportDocument } from './document.js';
export { familyOf, type OutputExcerpts, formatDuration, formatUsd } from './format.js';
export { renderHtmlReport } from './html.js';
export { renderReport } from './markdown.js';
export { digestDocument, notificationDocument } from './notification-document.js';
export { proofDocument, proofScreen } from './proof-run.js';
export { renderPullRequest } from './pull-request.js';
export { runDocument } from './run-document.js';
export { rlmDocument, rlmScreen } from './rlm-run.js';
export { phaseWords } from './script-run.js';
export { subtaskWord, swarmDocument, swarmScreen } from './swarm-run.js';
export {
  addToolRows,
  type RunStatistics,
  runStatistics,
  type SpendingRow,
  type ToolRow,
  toolStatistics,
} from './statistics.js';
export { sessionDocument, turnDocument } from './session-document.js';
export { type SaidTurn, sessionHtml, sessionMarkdown, sessionScreen } from './session-pages.js';
