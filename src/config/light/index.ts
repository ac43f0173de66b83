export {
  processEnvironment,
  receiveSecretsByInput,
  scrubEnvironment,
  secretsText,
  withoutSecrets,
} from './environment.js';
