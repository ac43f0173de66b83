import { SCREEN_ROLES } from '../../../domain/index.js';
import type { KeyDocs } from '../key-doc.js';

/** The service and its machine: sandbox, Temporal, Vault, encryption. */
export const MACHINE_KEYS: KeyDocs = {
  'sandbox.minimum': [
    'process',
    '`none`, `process`, `nested`, `full`: a weaker host is refused. A level without processes of its own is used only when named here',
    'Walls',
  ],
  'temporal.cli': ['found or installed', 'the `temporal` program'],
  'temporal.port': ['any free', 'port of the embedded server'],
  'temporal.ui_port': ['none', 'without effect: the API shows the web interface'],
  'temporal.exposed': [
    'false',
    'accept an embedded server that every process of this machine can reach, where it cannot be closed; also `CODETETHER_TEMPORAL_EXPOSED=1`',
    'Who can reach the embedded server',
  ],
  'api.port': [
    'any free',
    "port of `/health`, Temporal's web interface (`/temporal`) and, with encryption, `/codec`",
  ],
  'service.inhibit_sleep': ['true', 'keep the machine awake while a run works, on mains power'],
  'vault.address': ['none', 'Vault; `VAULT_ADDR` is stronger', 'Vault'],
  'vault.mount': ['secret', 'key-value mount; `VAULT_MOUNT` is stronger'],
  'vault.path': ['codetether/providers', 'path of the keys; `VAULT_SECRETS_PATH` is stronger'],
  'vault.namespace': ['none', 'namespace; `VAULT_NAMESPACE` is stronger'],
  'vault.ca_cert': ['none', 'file of the CA; `VAULT_CACERT` is stronger'],
  'vault.auth': [
    'file with a token file, else kubernetes with a role, else token',
    'how the worker gets its token: `token`, `file`, `kubernetes`, `approle`',
  ],
  'vault.token_file': [
    'none',
    'file in which an agent keeps the token; `VAULT_TOKEN_FILE` is stronger',
  ],
  'vault.role': ['none', 'role of the Kubernetes login, role id of the AppRole login'],
  'vault.auth_mount': ['kubernetes, approle', 'mount of the auth method'],
  'vault.jwt_path': [
    "the pod's service account token",
    'file with the JWT of the Kubernetes login',
  ],
  'vault.secret_id_path': ['none', 'file with the secret id of the AppRole login'],
  'codec.enabled': ['false', 'encrypt histories, blobs, journal and events', 'Encryption'],
  'codec.transit_mount': ['transit', "mount of Vault's transit engine"],
  'codec.key': ['codetether', 'the key in it'],
  'tui.theme': [
    'dark',
    '`dark`, `light` or `none`: colours of the terminal UI; `NO_COLOR` is stronger',
    'The terminal UI',
  ],
  'tui.colours.NAME': [
    "the theme's",
    `parameters of SGR, for example \`1;36\`, for ${SCREEN_ROLES.map((role) => `\`${role}\``).join(', ')}`,
  ],
  'tui.keys.NAME': [
    'see The terminal UI',
    'what a key such as `ctrl+t` or `f3` does; `none` takes it away',
  ],
  min_free_bytes: ['2 GiB', 'nothing new starts below'],
};
