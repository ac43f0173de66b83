export { readBounded, readBoundedBytes, readStreamBounded } from './bounded-file.js';
export { isWithin } from './within.js';
export { closeInheritedDescriptors } from './inherited-descriptors.js';
