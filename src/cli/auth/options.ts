/** Flags of `auth test`. */
export interface TestOptions {
  readonly model?: string;
  readonly json?: boolean;
}

/** Flags of `auth set`. */
export interface SetOptions extends TestOptions {
  readonly baseUrl?: string;
  readonly organization?: string;
  readonly resource?: string;
}
