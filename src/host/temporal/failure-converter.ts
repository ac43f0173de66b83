import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Puts messages and stacks of failures where a codec reaches them. Temporal loads it by its path and asks for this name; every
 * converter can read what it wrote.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
