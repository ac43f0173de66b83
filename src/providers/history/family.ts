/** How strict servers of a model family take tool calls in a conversation. */
export interface HistoryRules {
  /** Ids of calls that it accepts as they are. */
  readonly id: RegExp;
  /** An id that it accepts, for the n-th call of a conversation. */
  readonly makeId: (n: number) => string;
  /** Assistant messages with calls need a reasoning text, also where the model sent none. */
  readonly needsReasoning: boolean;
  /** A user's message may not follow a tool result: an assistant's message has to stand in between. */
  readonly needsAnswerAfterResult: boolean;
  /** Calls need Google's thought signature, also where another model made them. */
  readonly needsSignature: boolean;
}

const PLAIN: HistoryRules = {
  // OpenAI takes 40 characters, Bedrock and Anthropic only these.
  id: /^[a-zA-Z0-9_-]{1,40}$/,
  makeId: (n) => `call_h${n}`,
  needsReasoning: false,
  needsAnswerAfterResult: false,
  needsSignature: false,
};

/**
 * The rules for one model, by its name, because the same model stands behind many providers. `demandsReasoning` is what a
 * server was seen to demand or refuse; undefined = nothing was seen.
 */
export function historyRules(
  target: { readonly provider: string; readonly model: string },
  demandsReasoning?: boolean,
): HistoryRules {
  const model = target.model.toLowerCase();
  const rules = { ...PLAIN, needsReasoning: demandsReasoning === true };
  if (/kimi|moonshot/.test(model) || target.provider === 'moonshotai') {
    // Kimi is trained on ids of the form functions.NAME:NUMBER and writes better calls when it sees its own again.
    return { ...rules, id: /^[a-zA-Z0-9_.:-]{1,64}$/, needsReasoning: demandsReasoning !== false };
  }
  if (/(mis|mix|minis|magis|codes|devs|pix|vox)tral/.test(model)) {
    return {
      ...rules,
      id: /^[a-zA-Z0-9]{9}$/,
      makeId: (n) => `call${n.toString(36).padStart(5, '0')}`,
      needsAnswerAfterResult: true,
    };
  }
  if (/deepseek/.test(model) && target.provider === 'deepseek')
    return { ...rules, needsReasoning: demandsReasoning !== false };
  if (/gemini-([3-9]|\d\d)/.test(model) && target.provider === 'google')
    return { ...rules, needsSignature: true };
  return rules;
}
