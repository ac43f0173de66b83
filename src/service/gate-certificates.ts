import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from '@peculiar/x509';
import { writeSecretFile, GATE_NAME, type GateFiles } from '../host/index.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Both ends are ours and the keys never leave the home; a new home has new ones. */
const YEARS = 20;
/** Clocks of a machine that was just set may be behind. */
const EARLIER_MS = 24 * 3600 * 1000;

/**
 * Makes the keys of a home's gate: an authority that is forgotten again, and one certificate for each end. The Rust side of
 * the SDK refuses a certificate that signed itself, so that the authority is one of its own. Files are 0600.
 */
export async function makeCertificates(files: GateFiles): Promise<void> {
  cryptoProvider.set(webcrypto);
  const authority = await keyPair();
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serialNumber(),
    name: 'CN=codetether authority',
    keys: authority,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  const server = await leaf(ExtendedKeyUsage.serverAuth, { ca, authority });
  const client = await leaf(ExtendedKeyUsage.clientAuth, { ca, authority });
  writeSecretFile(files.serverKey, server.key);
  writeSecretFile(files.serverCertificate, server.certificate);
  writeSecretFile(files.clientKey, client.key);
  writeSecretFile(files.clientCertificate, client.certificate);
  // last: whoever sees it finds all the others
  writeSecretFile(files.authority, `${ca.toString('pem')}\n`);
}

async function leaf(
  usage: ExtendedKeyUsage,
  issuer: { readonly ca: X509Certificate; readonly authority: webcrypto.CryptoKeyPair },
): Promise<{ readonly key: string; readonly certificate: string }> {
  const keys = await keyPair();
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    serialNumber: serialNumber(),
    subject: `CN=${GATE_NAME}`,
    issuer: issuer.ca.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.authority.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: GATE_NAME }]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    key: `${PemConverter.encode(key, PemConverter.PrivateKeyTag)}\n`,
    certificate: `${certificate.toString('pem')}\n`,
  };
}

function keyPair(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = new Date();
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS);
  return { notBefore: new Date(now.getTime() - EARLIER_MS), notAfter };
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  // a positive number, whatever the first bit is
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString('hex');
}
