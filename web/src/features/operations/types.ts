import type { components } from '@/lib/schema';

/** Answers of the operations API. `Of` narrows a text to the codes it may hold. */
type Schemas = components['schemas'];
type Of<T, Members> = Omit<T, keyof Members> & Members;

export type Rebuild = Of<Schemas['RebuildInfo'], { state: 'loading' | 'catchingUp' | 'switching' | 'cancelled' | 'failed' | 'done' }>;
export type ProjectionStatus = Of<Schemas['ProjectionInfo'], { lifecycle: 'inline' | 'async' | 'subscription'; state: 'running' | 'following' | 'paused' | 'rebuilding'; rebuild?: Rebuild | null }>;
export type SkippedEvent = Schemas['SkippedEvent'];
export type QueueStatus = Schemas['QueueState'];
export type QueuedMessage = Of<Schemas['WaitingMessage'], { status: 'waiting' | 'scheduled' }>;
export type DeadLetter = Schemas['DeadLetter'];
export type RecurringWork = Schemas['RecurringState'];
export type NodeStatus = Schemas['Node'];
export type Figures = Schemas['OperationsFigures'];
export type Health = 'healthy' | 'degraded' | 'unhealthy';
/** Health stands beside the API and its description. */
export interface HealthReport { status: Health; checks: Record<string, { status: Health; description?: string | null }> }
