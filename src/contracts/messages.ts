/** Query: the present {@link RunRecord} of a run, or the state of an agent. */
export const RUN_STATUS_QUERY = 'runStatus';

/** Query of an agent: turns, tokens, to-do list. */
export const AGENT_STATUS_QUERY = 'agentStatus';
