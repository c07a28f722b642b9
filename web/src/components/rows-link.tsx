import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rowsSearch } from '@/lib/reports';

/** A figure that leads to the rows it is made of; plain text where there are none. */
export const RowsLink = ({ rows, children }: { rows?: string | null; children: ReactNode }) =>
  rows ? <Link to={'/reports/rows' as never} search={rowsSearch(rows) as never}>{children}</Link> : <>{children}</>;
