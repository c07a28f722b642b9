import { Link } from '@tanstack/react-router';
import type { CustomerRelation, RelationKind } from '@/lib/api-types';
import { useList } from '@/lib/lists';

/** What a relation is called told of the other end; kinds that are not here are the same from both. */
export const seenFromOther: Partial<Record<RelationKind, RelationKind>> = {
  employer: 'employee', employee: 'employer', parent: 'child', child: 'parent', supplier: 'client', client: 'supplier', referrer: 'referred', referred: 'referrer', shareholder: 'investee', investee: 'shareholder',
};

/** The other customer of a relation that is still told and that the user may see. The log holds no names; the card beside has read the same list. */
export const RelatedName = ({ customerId, relationId }: { customerId: string; relationId: string }) => {
  const { rows } = useList<CustomerRelation>(`customers/${customerId}/relations`);
  const relation = rows.find((each) => each.id === relationId);
  return relation && !relation.isOtherHidden ? <Link to="/customers/$id" params={{ id: relation.otherId }}>{relation.otherName}</Link> : null;
};
