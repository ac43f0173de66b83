/**
 * Runs that did not pass, in the query language of Temporal's lists. Runs of versions that closed every run as completed are found
 * by their outcome.
 */
export const FAILED_RUNS =
  'WorkflowType="ralphWorkflow" AND (ExecutionStatus IN ("Failed","Terminated","Canceled","TimedOut") OR Outcome="failed")';
