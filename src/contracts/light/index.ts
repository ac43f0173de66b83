export { DEFAULTS } from './defaults.js';
export { FAILED_RUNS } from './list-filters.js';
