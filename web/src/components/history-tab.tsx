import { Skeleton } from 'antd';
import { lazy, Suspense } from 'react';
import type { HistoryProps } from '@/components/history-list';

const HistoryList = lazy(() => import('@/components/history-list'));

/** Every change of a record with who, when and why, and the slider that takes the whole screen to any of them. Loaded when it is opened. */
export const HistoryTab = (props: HistoryProps) => <Suspense fallback={<Skeleton active paragraph={{ rows: 6 }} />}><HistoryList {...props} /></Suspense>;
