export { InfrastructureError, InvalidInputError } from './error.js';
