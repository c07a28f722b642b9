import type { components } from '@/lib/schema';

/**
 * Answers of the API under the names the page uses, all of them from the generated description (`npm run openapi`).
 * `Of` narrows a text to the codes it may hold, and words the few members whose shape the description leaves open.
 */
type Schemas = components['schemas'];
type Of<T, Members> = Omit<T, keyof Members> & Members;

export type Money = Schemas['Money'];
export interface Page<T> { data: T[]; page: Schemas['PageInfo']; count?: number | null }
export type CustomValue = string | number | boolean | string[] | Money | null;
export type CustomField = Schemas['CustomField'];
export type CustomFieldType = Schemas['CustomFieldType'];
export type CustomFieldChoice = Schemas['CustomFieldChoice'];
export type ValidationRule = Schemas['ValidationRule'];
export type CompletenessSettings = Schemas['CompletenessView'];
export type CompletenessFigures = Schemas['CompletenessFigures'];
interface Custom { custom: Record<string, CustomValue> }

export type SearchAnswer = Schemas['SearchAnswer'];
export type SearchHit = Schemas['SearchHit'];
export type Session = Schemas['SessionView'];
export type User = Schemas['User'];
export type Department = Schemas['Department'];
export type Team = Schemas['Team'];
export type Delegation = Schemas['Delegation'];
export type HandOverPreview = Schemas['HandOverPreview'];
export type BulkJob = Of<Schemas['BulkJobView'], { parameters: Record<string, string> }>;
export type BulkFault = Schemas['BulkFaultView'];
export type BulkFaults = Schemas['BulkFaults'];
export type RoleGrant = Schemas['RoleGrant'];
export type RoleField = Schemas['RoleField'];
export type Share = Schemas['Share'];
export type RightScope = Schemas['RightScope'];
export type FieldLevel = Schemas['FieldLevel'];
export type Role = Schemas['RoleView'];
export type RoleCatalogue = Schemas['RoleCatalogue'];
export type Account = Schemas['AccountView'];
export type UserAccount = Schemas['UserAccountView'];
export type SessionInfo = Schemas['SessionInfo'];
export type Invitation = Schemas['Invitation'];
export const signInEvents = [
  'signed_in', 'code_asked', 'failed', 'locked', 'signed_out', 'password_set', 'link_sent', 'invited', 'factor_enabled', 'factor_disabled', 'factor_reset', 'codes_replaced', 'session_ended', 'sessions_ended',
  'login_linked', 'login_unlinked',
] as const;
export const signInReasons = [
  'unknown_user', 'no_password', 'wrong_password', 'wrong_code', 'inactive', 'locked', 'unknown_login', 'external_failed', 'external_denied', 'external_unavailable',
] as const;
export type SignInEntry = Of<Schemas['SignInEntry'], { event: (typeof signInEvents)[number]; reason?: (typeof signInReasons)[number] | null }>;
export type ExternalLogins = Schemas['ExternalLoginList'];

export type Lifecycle = Schemas['CustomerLifecycle'];
export type Tier = 'A' | 'B' | 'C' | 'D';
export type CustomerMerge = Schemas['CustomerMerge'] & { sourceName?: string };
export interface RecordMove { mergeId: string; isBack: boolean; moved: number; total?: number | null }
export type Customer = Of<Schemas['Customer'], Custom & { tier?: Tier | null; merges?: CustomerMerge[]; recordMoves?: RecordMove[]; tierSource?: 'manual' | 'computed'; computedTags?: { name: string; since: string; until?: string | null }[] }>;
export type Contact = Of<Schemas['Contact'], { custom?: Record<string, CustomValue> | null }>;
export type TagConditionKind = Schemas['TagConditionKind'];
export type TagCondition = Schemas['TagCondition'];
export type Tag = Schemas['Tag'];
export type TagCounts = Schemas['TagCounts'];
export type TierRule = Schemas['TierRuleView'];
export type CustomerTags = Schemas['CustomerTagsView'];
export type Segment = Schemas['Segment'];
export type AccessLedgerEntry = Of<Schemas['AccessLedgerEntry'], { kind: 'revealed' | 'searched' | 'exported' | 'erased' | 'downloaded' | 'previewed' }>;
export type Consent = Schemas['Consent'];
export type DayItem = Of<Schemas['DayItem'], { kind: 'followUp' | 'task' | 'birthday'; state: 'overdue' | 'today' | 'upcoming'; reason?: 'plan' | 'cadence' | null; priority?: 'low' | 'normal' | 'high' | 'urgent' | null }>;
export type DayView = Of<Schemas['DayView'], { items: DayItem[] }>;
export type TaskItem = Schemas['TaskItem'];
export type Notification = Of<Schemas['Notification'], { kind: 'day' | 'followUp' | 'task' | 'birthday' | 'assigned'; resource?: 'customers' | 'opportunities' | 'tickets' | 'tasks' | 'plans' | null }>;
export type UnreadNotifications = Schemas['UnreadNotifications'];
export type NotificationPreferences = Schemas['NotificationPreferencesView'];
export type Compliance = Schemas['ComplianceView'];
export type Cadence = Of<Schemas['CadenceView'], { tiers: Record<string, number | null> }>;
export type PrivacyPolicyView = Schemas['PrivacyPolicyView'];
export type ErasureCertificate = Schemas['ErasureCertificate'];
export type Attachment = Schemas['Attachment'];
export type AttachmentKind = Schemas['AttachmentKind'];
export type AttachmentUpload = Schemas['AttachmentUpload'];
export type FollowUpMethod = Schemas['FollowUpMethod'];
export type FollowUp = Schemas['FollowUp'];
export type CustomerFollowUp = Schemas['CustomerFollowUp'];
export type TimelineKind = 'followUp' | 'task' | 'opportunity' | 'ticket' | 'contact' | 'change' | 'lifecycle' | 'owner' | 'tag' | 'import' | 'attachment' | 'relation';
export type TimelineItem = Of<Schemas['TimelineItem'], { kind: TimelineKind; data: Record<string, unknown> }>;
export interface FieldChange { field: string; before?: unknown; after?: unknown }
export type HistoryItem = Of<Schemas['HistoryEntry'], { changes: FieldChange[] }>;
export type CleaningRound = Schemas['CleaningRound'];
export type DuplicatePair = Of<Schemas['DuplicatePair'], { reasons: ('name' | 'phone' | 'email' | 'pinyin' | 'domain')[] }>;
export type MergePreview = Of<Schemas['MergePreview'], { target: Customer; source: Customer; result: Customer; moves: Record<'contacts' | 'consents' | 'shares' | 'followUps' | 'opportunities' | 'tickets', number>; fields: Of<Schemas['MergeField'], { wins: 'target' | 'source'; target?: unknown; source?: unknown }>[] }>;
export type UnmergePreview = Of<Schemas['UnmergePreview'], { target: Customer; source: Customer; activities: Of<Schemas['ActivitySince'], { to: 'target' | 'source' }>[] }>;
export type ClaimedCustomers = Schemas['ClaimedCustomers'];
export type PoolCustomer = Of<Schemas['PoolCustomer'], { tier?: Tier | null; poolCause: 'released' | 'recycled'; formerOwnerName?: string | null }>;
export type PoolShare = Schemas['PoolShare'];
export type PoolSettings = Schemas['PoolSettings'];
export type CustomerFigures = Schemas['CustomerFigures'];
export type CustomerRelation = Schemas['CustomerRelation'];
export type RelationKind = Schemas['RelationKind'];
export type RelatedCustomer = Schemas['RelatedCustomer'];
export type RelationsAnswer = Schemas['RelationsAnswer'];
export type CustomerHierarchy = Schemas['CustomerHierarchy'];
export type GroupMember = Schemas['GroupMember'];
export type GroupAmounts = Schemas['GroupAmounts'];
export type CustomerGraph = Of<Schemas['CustomerGraph'], { nodes: GraphNode[]; edges: GraphEdge[] }>;
export type GraphNode = Of<Schemas['GraphNode'], { type: 'customer' | 'contact' | 'decider' }>;
export type GraphEdge = Of<Schemas['GraphEdge'], { type: 'relation' | 'parent' | 'contact' | 'decider' }>;
export type CustomerAmounts = Schemas['CustomerAmounts'];
export type Blame = Schemas['BlameAnswer'];
export type DuplicateCandidate = Of<Schemas['ShownCandidate'], { reasons: ('name' | 'phone' | 'email' | 'externalKey')[] }>;

export type StageKind = Schemas['StageKind'];
export type Stage = Schemas['PipelineStage'];
export type Pipeline = Schemas['SalesPipeline'];
export type OpportunityLine = Schemas['LineItem'];
export type OpportunityReview = Schemas['OpportunityReview'];
export type Opportunity = Of<Schemas['Opportunity'], Custom>;
export type BoardCard = Of<Schemas['BoardCard'], { warnings: ('overdue' | 'stale' | 'noCustomer')[] }>;
export type BoardStage = Of<Schemas['BoardStage'], { cards: BoardCard[] }>;
export type Board = Of<Schemas['Board'], { stages: BoardStage[] }>;
export type Product = Schemas['Product'];

export type Client = Schemas['Client'];
export type NewClientSecret = Schemas['NewClientSecret'];
export type PersonalToken = Schemas['PersonalTokenView'];
export type NewPersonalToken = Schemas['NewPersonalToken'];
export type ConnectedApplication = Schemas['ConnectedApplication'];
export type AuthorizationRequestView = Schemas['AuthorizationRequestView'];
export type SignOutRequestView = Schemas['SignOutRequestView'];
export type BrowserGoesOn = Schemas['BrowserGoesOn'];

export type TicketStatus = Schemas['TicketStatus'];
export type TicketPriority = Schemas['TicketPriority'];
export type TicketChannel = Schemas['TicketChannel'];
export type ClockSegment = Schemas['ClockSegment'];
export type Clock = Of<Schemas['Clock'], { name: 'firstResponse' | 'solution'; state: 'running' | 'paused' | 'met' | 'breached' }>;
export type TicketAnswer = Schemas['TicketAnswer'];
/** The queue leaves the answers out. */
export type Ticket = Of<Schemas['Ticket'], Custom & { clocks: Clock[]; answers?: TicketAnswer[] }>;
export type PublicTicket = Schemas['PublicTicket'];

export type FunnelStage = Of<Schemas['FunnelStage'], { kind: StageKind }>;
export type FunnelReport = Of<Schemas['FunnelReport'], { stages: FunnelStage[]; formula: Record<string, string>; groups?: Of<Schemas['FunnelGroup'], { stages: FunnelStage[] }>[] | null }>;
export type KeyFigure = Of<Schemas['KeyFigure'], { code: 'leadConversion' | 'averageDealSize' | 'salesCycle' | 'winRate' | 'satisfaction'; unit: 'ratio' | 'money' | 'days' | 'score' }>;
/** An opportunity, an entry of one into a stage, or a rated ticket behind a figure. */
export type ReportRow = Partial<Schemas['OpportunityRow']> & { id: string; name: string; number?: string; score?: number; comment?: string | null; ratedAt?: string };
export type KeyFigures = Of<Schemas['KeyFigureReport'], { figures: KeyFigure[] }>;

export type ExportFormat = Schemas['ExportFormat'];
export type ExportResource = Schemas['ExportResourceView'];
export type ExportJob = Of<Schemas['Export'], {
  resource: 'customers' | 'opportunities' | 'tickets'; written: number; progress: number; remainingSeconds?: number | null; available: boolean; fault?: 'rights_changed' | 'file_removed' | 'export_failed' | null;
}>;

export type ImportStatus = Schemas['ImportStatus'];
export interface ColumnFinding {
  type: 'text' | 'number' | 'date' | 'money' | 'email' | 'phone' | 'boolean' | 'empty'; format?: string | null; ambiguous: boolean; alternatives?: string[]; distinct: number; blanks: number;
}
export type ImportColumn = Of<Schemas['ImportColumn'], { samples: string[]; detected: ColumnFinding | null }>;
export type ImportValue = Schemas['ValueReplacement'] & { rows: number; confidence?: number | null; reason?: string | null; applied?: boolean };
export type ImportTotals = Schemas['ImportTotals'];
export interface ImportNote { code: string; message: string; rows?: number | null }
export type ImportJob = Of<Omit<Schemas['Import'], 'startedBy' | 'run' | 'hasStarted'>, {
  columns: ImportColumn[]; values: ImportValue[]; notes: ImportNote[]; totals: ImportTotals; options: Required<Schemas['ImportOptions']>; fault?: { code: string; message: string } | null;
}>;
