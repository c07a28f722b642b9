export interface Rebuild {
  state: 'loading' | 'catchingUp' | 'switching' | 'cancelled' | 'failed' | 'done'; done: number; total: number; ratePerSecond?: number | null; remainingSeconds?: number | null;
  startedAt: string; startedBy: string; reason?: string | null; error?: string | null; failedSequence?: number | null;
}
export interface FailedEvent { sequence: number; type: string; streamId: string; at: string }
export interface ProjectionStatus {
  name: string; lifecycle: 'inline' | 'async' | 'subscription'; version: number; state: 'running' | 'following' | 'paused' | 'rebuilding'; position: number; lag: number; lagSeconds: number;
  error?: string | null; failedEvent?: FailedEvent | null; rebuild?: Rebuild | null; skipped: number;
}
export interface SkippedEvent { projection: string; sequence: number; type?: string | null; streamId?: string | null; error?: string | null; reason: string; skippedAt: string; skippedBy: string }
export interface QueueStatus {
  name: string; ordered: boolean; external: boolean; waiting: number; scheduled: number; running: number; oldestSeconds?: number | null; deadLetters: number; handledPerMinute?: number | null;
}
export interface QueuedMessage { id: string; queue: string; messageType: string; status: 'waiting' | 'scheduled'; dueAt?: string | null; attempts: number; sentAt: string }
export interface DeadLetter {
  id: string; queue: string; messageType: string; exceptionType?: string | null; exceptionMessage?: string | null; attempts: number; sentAt?: string | null; failedAt: string; replayable: boolean;
  body?: unknown;
}
export interface RecurringWork { name: string; cron: string; message: string; lastFiredAt?: string | null; nextFireAt?: string | null }
export interface NodeStatus { name: string; startedAt: string; leads: string[]; connections: number }
export interface Figures {
  appendPerSecond: number; conflictsPerMinute: number; highWaterMark: number; highWaterHeldSeconds: number; highestSequence: number; outboxOldestSeconds: number; deadLetters: number;
  pool: { used: number; idle: number; max: number }; databaseBytes: number; eventsTotal: number; requestsPerSecond: number; p95Milliseconds?: number | null;
}
export type Health = 'healthy' | 'degraded' | 'unhealthy';
export interface HealthReport { status: Health; checks: Record<string, { status: Health; description?: string | null }> }
