/** Files that nobody wants shown to others who has not looked at them. */
const SECRET =
  /(?:^|\/)(?:\.env(?!\.(?:example|sample|template|dist)$)(?:\.[^/]*)?|\.netrc|\.pypirc|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|p12|pfx|jks|keystore|kdbx))$/i;

/** True for the path of a file that has the name of a secret; `/` between its parts. Pure. */
export function isSecretName(path: string): boolean {
  return SECRET.test(path);
}
