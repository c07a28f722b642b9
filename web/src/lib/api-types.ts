/** Shapes of the REST answers the page reads, under the names the page uses. */

export interface Money { amount: number; currency: string }
export interface Page<T> { data: T[]; page: { next: string | null; hasMore: boolean }; count?: number }
export type CustomValue = string | number | boolean | null;

interface RecordBase {
  id: string;
  version: number;
  createdAt: string;
  createdBy: string;
  createdByName?: string | null;
  updatedAt: string;
  custom?: Record<string, CustomValue>;
}

export type Role = 'admin' | 'manager' | 'sales' | 'service' | 'auditor' | 'integrator';
export interface Session {
  user: { id: string; userName: string; displayName: string; role: Role };
  rights: string[];
  csrfToken: string;
  organisation: { name: string; timeZone: string; currency: string; language: string };
  demo: boolean;
}
export interface User {
  id: string; version: number; userName: string; displayName: string; role: Role;
  department?: string | null; managerName?: string | null; canSignIn: boolean; active: boolean;
}

export type Lifecycle = 'potential' | 'intent' | 'won' | 'lost';
export type Tier = 'A' | 'B' | 'C' | 'D';
export interface Customer extends RecordBase {
  kind: 'company' | 'person';
  name: string;
  shortName?: string | null;
  lifecycle: Lifecycle;
  tier?: Tier | null;
  industry?: string | null;
  size?: string | null;
  source?: string | null;
  phone?: string | null;
  email?: string | null;
  address?: string | null;
  website?: string | null;
  needs?: string | null;
  tags: string[];
  ownerId?: string | null;
  ownerName?: string | null;
  parentId?: string | null;
  parentName?: string | null;
  externalKeys?: Record<string, string>;
  lastFollowUpAt?: string | null;
  nextFollowUpAt?: string | null;
  completeness?: number | null;
  archived?: boolean;
  deleted?: boolean;
}
export interface Contact {
  id: string; version?: number; name: string; position?: string | null; decisionRole?: string | null;
  phone?: string | null; email?: string | null; birthday?: string | null; isPrimary?: boolean; leftAt?: string | null;
}
export type FollowUpMethod = 'phone' | 'visit' | 'email' | 'message' | 'other';
export interface FollowUp {
  id: string; at: string; method: FollowUpMethod; summary: string;
  objections?: string | null; changedNeeds?: string | null; promises?: string | null; participants?: string[];
  next?: { at: string; goal?: string | null; ownerId?: string | null } | null;
  authorId?: string; authorName?: string | null;
}
export type TimelineKind = 'followUp' | 'opportunity' | 'ticket' | 'contact' | 'change' | 'lifecycle' | 'owner' | 'tag' | 'import';
export interface TimelineItem {
  id: string; sequence: number; at: string; recordedAt: string; kind: TimelineKind; type: string; title: string;
  actorId?: string | null; actorName?: string | null; source?: string | null;
  opportunityId?: string | null; ticketId?: string | null; data: Record<string, unknown>;
}
export interface FieldChange { field: string; before: unknown; after: unknown }
export interface HistoryItem {
  sequence: number; version: number; type: string; at: string; effectiveAt?: string | null; businessDate?: string | null;
  actorId?: string | null; actorName?: string | null; onBehalfOf?: string | null; source?: string | null;
  reason?: string | null; correlationId?: string | null; changes: FieldChange[];
}
export interface DuplicateCandidate { id: string; name: string; reasons: ('name' | 'phone' | 'email' | 'externalKey')[]; score: number }

export type StageKind = 'open' | 'won' | 'lost';
export interface Stage { code: string; name: string; nameEn?: string | null; kind: StageKind; probability: number; criteria?: string[] }
export interface Pipeline { id: string; version: number; name: string; isDefault: boolean; stages: Stage[] }
export interface OpportunityLine {
  productId: string; productName?: string | null; quantity: number; unitPrice: Money; discount?: number | null; amount?: Money | null;
}
export interface OpportunityReview { at: string; by?: string | null; byName?: string | null; keyFactors: string[]; unmetNeeds: string[]; summary?: string | null }
export interface Opportunity extends RecordBase {
  name: string; customerId?: string | null; customerName?: string | null; pipelineId: string; pipelineName?: string | null;
  stage: string; stageName?: string | null; stageKind: StageKind; amount?: Money | null; probability?: number | null;
  expectedCloseDate?: string | null; ownerId?: string | null; ownerName?: string | null; openedOn?: string | null; closedOn?: string | null;
  lostReason?: string | null; competitors?: string[]; decisionMakers?: string[]; lines?: OpportunityLine[];
  daysInStage?: number | null; closed?: boolean; externalKeys?: Record<string, string>; enteredStageAt?: string | null; nextStep?: string | null;
  amountFromLines?: boolean; probabilitySet?: boolean; review?: OpportunityReview | null;
}
export interface BoardCard {
  id: string; version: number; name: string; customerId?: string | null; customerName?: string | null; ownerId?: string | null; ownerName?: string | null;
  amount?: Money | null; daysInStage?: number | null; expectedCloseDate?: string | null; warnings: ('overdue' | 'stale' | 'noCustomer')[]; nextStep?: string | null;
}
export interface BoardStage extends Stage { count: number; amount: Money; cards: BoardCard[]; hasMore: boolean }
export interface Board { pipeline: { id: string; name: string; isDefault: boolean }; asOf?: string | null; stages: BoardStage[] }
export interface Product extends RecordBase { code: string; name: string; unitPrice?: Money | null; active: boolean }

export type TicketStatus = 'open' | 'assigned' | 'answered' | 'solutionProposed' | 'resolved' | 'closed';
export type TicketPriority = 'low' | 'normal' | 'high' | 'urgent';
export type TicketChannel = 'phone' | 'form' | 'email' | 'portal' | 'api';
export interface ClockSegment { from: string; to?: string | null; minutes?: number; state?: string; reason?: string | null }
export interface Clock {
  name: 'firstResponse' | 'solution'; state: 'running' | 'paused' | 'met' | 'breached';
  limitMinutes?: number; dueAt: string; startedAt?: string | null; stoppedAt?: string | null; elapsedMinutes?: number | null; segments?: ClockSegment[];
}
export interface TicketAnswer { id: string; at: string; authorId?: string | null; authorName?: string | null; text: string; internal: boolean }
export interface Ticket extends RecordBase {
  number: string; subject: string; description?: string | null; customerId?: string | null; customerName?: string | null;
  contactId?: string | null; contactName?: string | null; channel: TicketChannel; type?: string | null; priority: TicketPriority;
  status: TicketStatus; assigneeId?: string | null; assigneeName?: string | null; score?: number | null; comment?: string | null;
  requester?: { name: string; phone: string; email?: string | null } | null; dueAt?: string | null; overdue?: boolean; breached?: boolean;
  clocks: Clock[]; answers?: TicketAnswer[]; openedAt?: string | null; resolvedAt?: string | null;
}
export interface PublicTicket {
  number: string; subject: string; description?: string | null; status: TicketStatus; openedAt?: string | null; resolvedAt?: string | null;
  answers: { id?: string; at: string; authorName?: string | null; text: string }[]; score?: number | null; comment?: string | null;
}

export interface FunnelStage {
  code: string; name: string; nameEn?: string | null; kind: StageKind; count: number; amount: Money;
  entered: number; conversion: number | null; medianDaysInStage: number | null; rows?: string | null;
}
export interface FunnelReport {
  pipeline: { id: string; name: string }; asOf?: string | null; from?: string | null; to?: string | null;
  stages: FunnelStage[]; formula: Record<string, string>; groups?: { key: string; name: string; stages: FunnelStage[] }[];
}
export interface KeyFigure {
  code: 'leadConversion' | 'averageDealSize' | 'salesCycle' | 'winRate' | 'satisfaction'; name: string; value: number | null;
  unit: 'ratio' | 'money' | 'days' | 'score'; currency?: string | null; numerator?: number | null; denominator?: number | null;
  formula: string; rows?: string | null; previous?: number | null;
}
export interface KeyFigures { from?: string | null; to?: string | null; asOf?: string | null; figures: KeyFigure[] }

export type ImportStatus = 'uploaded' | 'checking' | 'checked' | 'running' | 'completed' | 'failed' | 'cancelled' | 'reverting' | 'reverted';
export interface ImportColumn {
  name: string; index: number; samples: string[];
  detected: { type: 'text' | 'number' | 'date' | 'money' | 'email' | 'phone' | 'boolean' | 'empty'; format?: string | null; ambiguous: boolean; alternatives?: string[]; distinct: number; blanks: number } | null;
  field?: string | null; format?: string | null; confidence?: number | null;
}
export interface ImportValue { field: string; from: string; to: string | null; rows: number; confidence?: number | null; reason?: string | null; applied?: boolean }
export interface ImportTotals { rows: number; created: number; updated: number; unchanged: number; skipped: number; failed: number; warnings: number }
export interface ImportJob {
  id: string; version: number; fileName: string; size: number; status: ImportStatus; target: string | null; targetGuessed: boolean;
  format: { kind: 'csv' | 'xlsx'; encoding?: string | null; delimiter?: string | null; sheet?: string | null; bom?: boolean; rows: number };
  columns: ImportColumn[]; values: ImportValue[];
  options: { pipelineId?: string | null; mode: 'createAndUpdate' | 'createOnly' | 'updateOnly'; blank: 'keep' | 'clear'; ownerId?: string | null; businessDateField?: string | null };
  notes: { code: string; message: string; rows?: number | null }[]; totals: ImportTotals; progress: number; remainingSeconds?: number | null;
  fault?: { code: string; message: string } | null; revert?: { deleted: number; restored: number; kept: number } | null;
  startedAt?: string | null; completedAt?: string | null; createdAt?: string; createdByName?: string | null;
}
