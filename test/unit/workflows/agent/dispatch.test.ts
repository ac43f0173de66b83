import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ToolCallSummary } from '../../../../src/domain/agent/tool-call.js';
import { groupCalls } from '../../../../src/workflows/agent/dispatch.js';

const call = (
  index: number,
  execution: ToolCallSummary['execution'],
  access: ToolCallSummary['access'],
): ToolCallSummary => ({
  id: `c${index}`,
  name: 'tool',
  index,
  execution,
  access,
  digest: `d${index}`,
  title: 'tool',
});
const isRead = ({ execution, access }: ToolCallSummary): boolean =>
  execution === 'local' && access === 'read';

describe('groupCalls', () => {
  it('puts neighbouring local reads together and lets everything else stand alone', () => {
    const calls = [
      call(0, 'local', 'read'),
      call(1, 'local', 'read'),
      call(2, 'local', 'write'),
      call(3, 'local', 'read'),
      call(4, 'activity', 'read'),
      call(5, 'workflow', 'read'),
    ];
    expect(groupCalls(calls).map((group) => group.map(({ index }) => index))).toEqual([
      [0, 1],
      [2],
      [3],
      [4],
      [5],
    ]);
    expect(groupCalls([])).toEqual([]);
  });

  it('keeps every call once and in order, and shares a group between reads only', () => {
    const kinds = fc.array(
      fc.tuple(
        fc.constantFrom('local' as const, 'activity' as const, 'workflow' as const),
        fc.constantFrom('read' as const, 'write' as const, 'execute' as const),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(kinds, (list) => {
        const calls = list.map(([execution, access], index) => call(index, execution, access));
        const groups = groupCalls(calls);
        expect(groups.flat()).toEqual(calls);
        for (const group of groups) expect(group.length === 1 || group.every(isRead)).toBe(true);
        groups.slice(1).forEach((group, index) => {
          const before = groups[index]?.at(-1);
          const first = group[0];
          expect(before && first && isRead(before) && isRead(first)).toBe(false);
        });
      }),
    );
  });
});
