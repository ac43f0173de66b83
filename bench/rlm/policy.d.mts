/** A request as the model server reads it. */
export interface PolicyRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly unknown[];
}

/** What the model says: text, and calls of tools. */
export interface PolicyAnswer {
  readonly content: string;
  readonly calls: readonly PolicyCall[];
}

/** One call of a tool. */
export interface PolicyCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export declare const WINDOW: number;
export declare function tokensOf(request: PolicyRequest): number;
export declare function replyTo(request: PolicyRequest, seed: string): string;
export declare function answerTo(request: PolicyRequest, seed: string): PolicyAnswer;
