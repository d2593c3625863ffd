// The audit trail's vocabulary: every action with its sentence, which outcomes mean that something did not happen, how
// long rows are kept.

/** Who or what it was done to: decides how the subject is named. */
export type SubjectKind =
  | 'connection'
  | 'key'
  | 'app'
  | 'member'
  | 'invitation'
  | 'session'
  | 'webhook'
  | 'workspace'
  | 'route'

interface ActionWords {
  /** What happened, in the past tense; it stands alone, and the subject comes after it. */
  sentence: string
  subject: SubjectKind
}

const ACTIONS = {
  'connection.created': { sentence: 'Added a connection', subject: 'connection' },
  'connection.imported': { sentence: 'Imported a connection', subject: 'connection' },
  'connection.authorized': { sentence: 'Came back from the consent screen', subject: 'connection' },
  'connection.reconnect_asked': { sentence: 'Made a link to reconnect', subject: 'connection' },
  'connection.reconnect_started': { sentence: 'Went to reconnect', subject: 'connection' },
  'connection.renamed': { sentence: 'Renamed a connection', subject: 'connection' },
  'connection.paused': { sentence: 'Paused a connection', subject: 'connection' },
  'connection.resumed': { sentence: 'Resumed a connection', subject: 'connection' },
  'connection.refreshed': { sentence: 'Refreshed a connection', subject: 'connection' },
  'connection.tested': { sentence: 'Made a test call', subject: 'connection' },
  'connection.tools_changed': { sentence: 'Changed permissions', subject: 'connection' },
  'connection.wish_dropped': { sentence: 'Dropped wished permissions', subject: 'connection' },
  'connection.account_kept': { sentence: 'Kept the account', subject: 'connection' },
  'connection.account_switched': { sentence: 'Switched the account', subject: 'connection' },
  'connection.deleted': { sentence: 'Deleted a connection', subject: 'connection' },
  'key.created': { sentence: 'Made an API key', subject: 'key' },
  'key.rotated': { sentence: 'Made a second secret for an API key', subject: 'key' },
  'key.old_secret_ended': { sentence: 'Ended the old secret of an API key', subject: 'key' },
  'key.revoked': { sentence: 'Revoked an API key', subject: 'key' },
  'connector.created': { sentence: 'Added a connector', subject: 'app' },
  'connector.changed': { sentence: 'Changed a connector', subject: 'app' },
  'connector.deleted': { sentence: 'Deleted a connector', subject: 'app' },
  'app.saved': { sentence: 'Saved an OAuth app', subject: 'app' },
  'app.removed': { sentence: 'Removed an OAuth app', subject: 'app' },
  'webhook.created': { sentence: 'Added a webhook', subject: 'webhook' },
  'webhook.changed': { sentence: 'Changed a webhook', subject: 'webhook' },
  'webhook.secret_rotated': { sentence: 'Gave a webhook a new secret', subject: 'webhook' },
  'webhook.disabled': { sentence: 'Switched a webhook off', subject: 'webhook' },
  'webhook.enabled': { sentence: 'Switched a webhook on', subject: 'webhook' },
  'webhook.gone': { sentence: 'Ended a webhook by its answer 410', subject: 'webhook' },
  'webhook.deleted': { sentence: 'Deleted a webhook', subject: 'webhook' },
  'member.signed_in': { sentence: 'Signed in', subject: 'member' },
  'member.signed_out': { sentence: 'Signed out', subject: 'member' },
  'session.ended': { sentence: 'Ended a session of their own', subject: 'session' },
  'session.all_ended': { sentence: 'Signed out everywhere', subject: 'member' },
  'member.invited': { sentence: 'Invited somebody', subject: 'invitation' },
  'invitation.revoked': { sentence: 'Revoked an invitation', subject: 'invitation' },
  'member.joined': { sentence: 'Joined by an invitation', subject: 'invitation' },
  'member.first_owner': { sentence: 'Came in as an owner of the deployment', subject: 'member' },
  'member.promoted': { sentence: 'Became an owner by OWNER_EMAILS', subject: 'member' },
  'member.role_changed': { sentence: 'Changed a role', subject: 'member' },
  'member.removed': { sentence: 'Removed a member', subject: 'member' },
  'member.left': { sentence: 'Left the workspace', subject: 'member' },
  'workspace.created': { sentence: 'Created the workspace', subject: 'workspace' },
  'workspace.renamed': { sentence: 'Renamed the workspace', subject: 'workspace' },
  'workspace.retention_changed': { sentence: 'Changed how long audit rows are kept', subject: 'workspace' },
  'audit.exported': { sentence: 'Exported the audit trail', subject: 'workspace' },
  'access.denied': { sentence: 'Tried what their role does not allow', subject: 'route' },
} as const satisfies Record<string, ActionWords>

export type AuditAction = keyof typeof ACTIONS

export const AUDIT_ACTIONS = Object.keys(ACTIONS) as AuditAction[]

export function isAuditAction(text: string): text is AuditAction {
  return Object.hasOwn(ACTIONS, text)
}

/** The words of an action; of one that an older or newer deployment wrote, its own name. */
export function actionWords(action: string): { sentence: string; subject: SubjectKind | null } {
  return isAuditAction(action) ? ACTIONS[action] : { sentence: action, subject: null }
}

/** What came about, perhaps not as well as hoped for. Everything else is a refusal or a failure. */
const HAPPENED = [
  'ok',
  'hosts_changed',
  'connected',
  'reconnected',
  'fewer_permissions',
  'revoked',
  'not_revoked',
  'revoke_failed',
] as const

export function isFailedOutcome(outcome: string): boolean {
  return !(HAPPENED as readonly string[]).includes(outcome)
}

export const DEFAULT_AUDIT_RETENTION_DAYS = 400
/** What a workspace may choose from. */
export const AUDIT_RETENTION_CHOICES = [30, 90, 180, DEFAULT_AUDIT_RETENTION_DAYS, 1100, 2560] as const

export function isAuditRetention(days: number): boolean {
  return (AUDIT_RETENTION_CHOICES as readonly number[]).includes(days)
}
