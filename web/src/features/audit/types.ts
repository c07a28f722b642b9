import type { components } from '@/lib/schema';

/** Answers of the operation log. `Of` narrows a text to the codes it may hold. */
type Schemas = components['schemas'];
type Of<T, Members> = Omit<T, keyof Members> & Members;

export type Operation = Schemas['Operation'];
export type OperationDetails = Schemas['OperationDetails'];
export type Retention = Schemas['OperationLogRetention'];
export type OperationExport = Of<Schemas['OperationExport'], { state: 'waiting' | 'running' | 'done' | 'cancelled' }>;
