export { DEFAULTS, HOST_TOOLS } from './defaults.js';
export { FAILED_RUNS } from './list-filters.js';
