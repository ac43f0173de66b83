import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { failureFacts, placeOf } from '../../../../src/workflows/lib/failure.js';

const inner = ApplicationFailure.create({
  type: 'ERR_BLOB_CORRUPT',
  message: 'damaged',
  details: [{ where: { file: '/blobs/x' } }],
});
const ofActivity = new ActivityFailure(
  'activity',
  'callModel',
  '1',
  'NON_RETRYABLE_FAILURE',
  'w',
  inner,
);
const ofChild = new ChildWorkflowFailure(
  'default',
  { workflowId: 'w', runId: 'r' },
  'storyWorkflow',
  'NON_RETRYABLE_FAILURE',
  ofActivity,
);

describe('failureFacts', () => {
  it('finds what was raised behind activities and children', () => {
    for (const error of [inner, ofActivity, ofChild])
      expect(failureFacts(error)).toEqual({
        code: 'ERR_BLOB_CORRUPT',
        message: 'damaged',
        details: [{ where: { file: '/blobs/x' } }],
      });
  });

  it('names what nobody named', () => {
    expect(failureFacts(new TypeError('x is undefined'))).toEqual({
      code: 'ERR_UNEXPECTED',
      message: 'x is undefined',
      details: [],
    });
    expect(failureFacts('text').message).toBe('text');
    expect(failureFacts(ApplicationFailure.create({ message: 'bare' })).code).toBe(
      'ERR_UNEXPECTED',
    );
  });
});

describe('placeOf', () => {
  it('gives the path that a failure names, and nothing for others', () => {
    expect(placeOf(ofChild)).toBe('/blobs/x');
    expect(placeOf(new Error('x'))).toBeUndefined();
    expect(placeOf(ApplicationFailure.create({ details: [{ where: 3 }] }))).toBeUndefined();
  });
});
