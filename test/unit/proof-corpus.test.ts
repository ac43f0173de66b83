import { describe, expect, it } from 'vitest';
import {
  CHEATS,
  ECOSYSTEMS,
  EXERCISES,
  HONEST_STORIES,
  ecosystemOf,
} from '../proof-corpus/index.js';

describe('the corpus of the proof', () => {
  it('gives every item an id of its own', () => {
    const ids = [...ECOSYSTEMS, ...CHEATS, ...HONEST_STORIES, ...EXERCISES].map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('has a project for every item, and at least one item for every project', () => {
    const used = new Set([...CHEATS, ...HONEST_STORIES].map(({ ecosystem }) => ecosystem));
    expect([...used].map((id) => ecosystemOf(id).id).toSorted()).toEqual(
      ECOSYSTEMS.map(({ id }) => id).toSorted(),
    );
  });

  it('has as many items of each group as it promises', () => {
    const count = (group: string): number => CHEATS.filter((cheat) => cheat.group === group).length;
    expect({
      known: count('known'),
      tried: count('tried'),
      own: count('own'),
      undetectable: CHEATS.filter(({ expected }) => expected === 'undetectable').length,
      honestOfTrials: HONEST_STORIES.filter(({ id }) => id.startsWith('h')).length,
      exercises: EXERCISES.length,
    }).toEqual({
      known: 25,
      tried: 76,
      own: 97,
      undetectable: 16,
      honestOfTrials: 28,
      exercises: 12,
    });
    expect(CHEATS.filter(({ inTwoStories }) => inTwoStories === true).length).toBeGreaterThan(15);
  });

  it('says of each honest story that may not simply pass what it needs', () => {
    const special = HONEST_STORIES.filter(({ expected }) => expected !== 'passed');
    expect(Object.fromEntries(special.map(({ id, expected }) => [id, expected]))).toEqual({
      h03: 'flagged',
      h06: 'flagged',
      h07: 'flagged',
      h11: 'needs-permission',
      h13: 'flagged',
      h18: 'flagged',
      h24: 'flagged',
      h25: 'flagged',
      g25: 'needs-permission',
      g28: 'needs-permission',
      g29: 'needs-permission',
      g38: 'flagged',
      g39: 'flagged',
      g40: 'flagged',
      g42: 'flagged',
      g43: 'flagged',
      g45: 'flagged',
      g46: 'flagged',
      g51: 'flagged',
    });
    expect(HONEST_STORIES.filter(({ needed }) => needed !== undefined)).toEqual(special);
  });
});
