import { describe, expect, it } from 'vitest';
import { and, equals, has, oneOf, quote } from '@/lib/filter';

describe('the filter grammar', () => {
  it('quotes whatever was typed', () => expect(quote('A "x" \\ OR 1=1')).toBe('"A \\"x\\" \\\\ OR 1=1"'));
  it('joins what is set and leaves out what is not', () =>
    expect(and(equals('kind', undefined), oneOf('lifecycle', ['potential', 'won']), has('tags', ['高价值客户']), oneOf('tier', []))).toBe('(lifecycle = "potential" OR lifecycle = "won") AND tags:"高价值客户"'));
  it('is absent without conditions', () => expect(and(undefined)).toBeUndefined());
  it('tests for null', () => expect(equals('ownerId', null)).toBe('ownerId = null'));
});
