export { compileGlob } from './glob-pattern.js';
export { firstNames } from './first-names.js';
export { formatBytes } from './format-bytes.js';
export { depthOf, isDeeper } from './json-depth.js';
export { keepEnds } from './keep-ends.js';
export { markdownCode, markdownNames, markdownText, shortLine } from './markdown-text.js';
export { RESULT_LIMIT, modelText } from './model-text.js';
export { trimEndOf, trimOf } from './trim.js';
export { visible, visibleJson, visibleLine } from './visible.js';
