/** A request as the model server reads it. */
export interface PolicyRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly tools?: readonly unknown[];
}

export declare const WINDOW: number;
export declare function tokensOf(request: PolicyRequest): number;
export declare function replyTo(request: PolicyRequest, seed: string): string;
