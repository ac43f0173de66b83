/** How a client gets its token. */
export type VaultAuth =
  /** A token that somebody gave us; renewed while it can be. */
  | { readonly kind: 'token'; readonly token: string }
  /** A file that an agent keeps a token in; read again whenever the token is refused. */
  | { readonly kind: 'file'; readonly path: string }
  /** Login with the service account of a pod. */
  | {
      readonly kind: 'kubernetes';
      readonly role: string;
      /** Mount of the auth method. */
      readonly mount: string;
      /** File with the service account's JWT, read at each login. */
      readonly jwtPath: string;
    }
  /** Login with a role id and a secret id that lies in a file, read at each login. */
  | {
      readonly kind: 'approle';
      readonly roleId: string;
      readonly mount: string;
      readonly secretIdPath: string;
    };

/** Where Vault is and as whom it is asked. */
export interface VaultConnection {
  /** For example `https://vault.example:8200`. */
  readonly address: string;
  readonly auth: VaultAuth;
  /** Namespace of the request, where the server has any. */
  readonly namespace?: string | undefined;
  /** Path of a PEM file with the certificate authority. */
  readonly caCert?: string | undefined;
  /** Milliseconds for one request. Default 5000. */
  readonly timeoutMs?: number | undefined;
}
