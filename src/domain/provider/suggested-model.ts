/** A model of each provider to begin with, for people who have named none. A deployment on Azure has a name of its own. */
const SUGGESTED: Readonly<Record<string, string>> = {
  moonshotai: 'kimi-k2.5',
  openrouter: 'stepfun/step-3.5-flash:free',
  google: 'gemini-2.5-pro',
  stepfun: 'step-3.5-flash',
  openai: 'gpt-5.5',
  deepseek: 'deepseek-v4-pro',
  anthropic: 'claude-sonnet-5-5',
};

/** `PROVIDER/MODEL` to begin with, or null when the provider's models are the user's own. */
export function suggestedModel(provider: string): string | null {
  const model = Object.hasOwn(SUGGESTED, provider) ? SUGGESTED[provider] : undefined;
  return model === undefined ? null : `${provider}/${model}`;
}
