import { useMemo } from 'react';
import { useAsOf } from '@/lib/as-of';
import { useCan } from '@/lib/session';

export type ListResource = 'customers' | 'opportunities' | 'tickets';
export interface BulkCommand {
  code: 'owner' | 'addTag' | 'removeTag' | 'archive' | 'restore' | 'delete' | 'release' | 'return';
  right: string;
  takes?: 'ownerId' | 'tag';
  danger?: boolean;
}

/** What the server lets be done with any selection of a list. */
const commands: Record<ListResource, BulkCommand[]> = {
  customers: [
    { code: 'owner', right: 'customers.assign', takes: 'ownerId' }, { code: 'addTag', right: 'customers.change', takes: 'tag' }, { code: 'removeTag', right: 'customers.change', takes: 'tag' },
    { code: 'archive', right: 'customers.change' }, { code: 'restore', right: 'customers.change' }, { code: 'delete', right: 'customers.delete', danger: true },
    { code: 'release', right: 'customers.assign' }, { code: 'return', right: 'customers.assign' },
  ],
  opportunities: [{ code: 'owner', right: 'opportunities.assign', takes: 'ownerId' }, { code: 'delete', right: 'opportunities.delete', danger: true }],
  tickets: [],
};

/** Those of them that the signed-in user may give; none while the screen shows the past. */
export const useBulkCommands = (resource: ListResource): BulkCommand[] => {
  const can = useCan();
  const { asOf } = useAsOf();
  return useMemo(() => (asOf ? [] : commands[resource].filter((command) => can(command.right))), [asOf, can, resource]);
};
