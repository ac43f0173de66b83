export { readBounded, readBoundedBytes, readStreamBounded } from './bounded-file.js';
export { closeInheritedDescriptors } from './inherited-descriptors.js';
