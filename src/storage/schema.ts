// D1 tables. Times are epoch milliseconds; secrets are sealed, credentials are hashes. Never on the token path.

import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { Permission } from '../domain/api-key.ts'
import { ATTENTION } from '../domain/attention.ts'
import { DEFAULT_AUDIT_RETENTION_DAYS } from '../domain/audit.ts'
import type { ConnectionState, Health, Reason } from '../domain/connection.ts'
import type { Definition } from '../domain/connector-definition.ts'
import type { EventType } from '../domain/event.ts'
import type { Role } from '../domain/roles.ts'
import type { DeliveryState, DisabledReason, WebhookType } from '../domain/webhook.ts'

export const workspaces = sqliteTable('workspaces', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: integer('created_at').notNull(),
  /** Audit rows older than this end. */
  auditRetentionDays: integer('audit_retention_days').notNull().default(DEFAULT_AUDIT_RETENTION_DAYS),
})

/** A member is (`issuer`, `subject`); the e-mail address is for display. */
export const members = sqliteTable(
  'members',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    email: text('email').notNull(),
    name: text('name'),
    role: text('role').$type<Role>().notNull(),
    createdAt: integer('created_at').notNull(),
    /** When this person last signed out of a browser: an older word of Cloudflare Access starts no session. */
    signedOutAt: integer('signed_out_at'),
    /** When this workspace was last signed in to, or switched to, by this person. */
    lastOpenedAt: integer('last_opened_at'),
  },
  (table) => [
    uniqueIndex('members_identity').on(table.workspaceId, table.issuer, table.subject),
    index('members_person').on(table.issuer, table.subject),
  ],
)

/** Whoever left or was removed: what the audit trail calls them. They may do nothing. */
export const formerMembers = sqliteTable(
  'former_members',
  {
    /** The id they had as a member. */
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').notNull(),
    email: text('email').notNull(),
    name: text('name'),
    leftAt: integer('left_at').notNull(),
  },
  (table) => [index('former_members_workspace').on(table.workspaceId, table.leftAt)],
)

/** Invitations: each lets one verified address join. `tokenHash`: SHA-256 of the token, lower-case hex. */
export const invitations = sqliteTable(
  'invitations',
  {
    id: text('id').primaryKey(),
    tokenHash: text('token_hash').notNull(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    /** In lower case. */
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    /** Member id: the invitation dies with their right to give the role. */
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** The member it made; null while nobody accepted it. */
    usedBy: text('used_by'),
    /** Accepted, revoked, or followed by a newer one for the same address. */
    endedAt: integer('ended_at'),
  },
  (table) => [
    uniqueIndex('invitations_token').on(table.tokenHash),
    index('invitations_list').on(table.workspaceId, table.createdAt),
    index('invitations_expiry').on(table.expiresAt),
  ],
)

/** `tokenHash`: SHA-256 of the cookie's value, lower-case hex; `id` names the session where the token must not stand. */
export const sessions = sqliteTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    id: text('id').notNull(),
    memberId: text('member_id')
      .notNull()
      .references(() => members.id, { onDelete: 'cascade' }),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** A few minutes behind. */
    lastSeenAt: integer('last_seen_at').notNull(),
    /** In words: `Firefox on Linux`. */
    browser: text('browser').notNull(),
  },
  (table) => [
    uniqueIndex('sessions_id').on(table.id),
    index('sessions_member').on(table.memberId),
    index('sessions_expiry').on(table.expiresAt),
    index('sessions_seen').on(table.lastSeenAt),
  ],
)

export const oauthApps = sqliteTable(
  'oauth_apps',
  {
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    connector: text('connector').notNull(),
    clientId: text('client_id').notNull(),
    secretSealed: text('secret_sealed').notNull(),
    /** A newer secret: used first, while the one above is kept until this has refreshed once. */
    nextSecretSealed: text('next_secret_sealed'),
    /** When the service will end the secret; for the reminder. */
    secretExpiresAt: integer('secret_expires_at'),
    params: text('params', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    /** +1 for every change; a held connection tries again once it has moved. */
    version: integer('version').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.connector] })],
)

/** A workspace's own connectors: the JSON form of the catalog. Holds no secret. */
export const customConnectors = sqliteTable(
  'custom_connectors',
  {
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    id: text('id').notNull(),
    definition: text('definition', { mode: 'json' }).$type<Definition>().notNull(),
    /** Issuer identifier of the service, where it has one. */
    issuer: text('issuer'),
    /** +1 for every change; the copies in the objects name theirs. */
    version: integer('version').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.id] })],
)

/** What people must know of an OAuth app: `held` while the service refuses it, `common_cause` after many losses at once. */
export const appAlerts = sqliteTable(
  'app_alerts',
  {
    /** A workspace, or `deployment`. */
    owner: text('owner').notNull(),
    connector: text('connector').notNull(),
    kind: text('kind').$type<'held' | 'common_cause'>().notNull(),
    since: integer('since').notNull(),
    detail: text('detail').notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.connector, table.kind] })],
)

/** The rank that lists are sorted by, of `domain/attention.ts`; derived, so that it never disagrees with the state. */
const attentionOfRow = sql.raw(`case
  when state = 'reauthorize' then ${ATTENTION.reauthorize}
  when paused then ${ATTENTION.paused}
  when state = 'pending' then ${ATTENTION.pending}
  when decide_until is not null then ${ATTENTION.deciding}
  when health <> 'ok' then ${ATTENTION.failing}
  when ends_within_days is not null then ${ATTENTION.ending}
  else ${ATTENTION.active} end`)

export const connections = sqliteTable(
  'connections',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    connector: text('connector').notNull(),
    name: text('name').notNull(),
    state: text('state').$type<ConnectionState>().notNull(),
    paused: integer('paused', { mode: 'boolean' }).notNull(),
    reason: text('reason').$type<Reason>(),
    health: text('health').$type<Health>().notNull(),
    /** `deployment` or `workspace`: whose OAuth app it uses, for the app's health. */
    appOwner: text('app_owner').notNull(),
    appConnector: text('app_connector').notNull(),
    accountId: text('account_id'),
    /** Company, site or organisation, where one person may hold several. */
    accountTenant: text('account_tenant'),
    accountEmail: text('account_email'),
    accountName: text('account_name'),
    tools: text('tools', { mode: 'json' }).$type<string[]>().notNull(),
    requestedScopes: text('requested_scopes', { mode: 'json' }).$type<string[]>().notNull(),
    grantedScopes: text('granted_scopes', { mode: 'json' }).$type<string[]>().notNull(),
    /** Its own values for the connector's placeholders: a connection that is rebuilt from its row needs them. */
    params: text('params', { mode: 'json' }).$type<Record<string, string>>(),
    accessExpiresAt: integer('access_expires_at'),
    refreshDueAt: integer('refresh_due_at'),
    reauthorizeBefore: integer('reauthorize_before'),
    /** 14, 7 or 1 once the consent ends within so many days. */
    endsWithinDays: integer('ends_within_days'),
    /** Until when an admin can choose between the account it has and another that came back. Null: nothing to choose. */
    decideUntil: integer('decide_until'),
    attention: integer('attention').notNull().generatedAlwaysAs(attentionOfRow, { mode: 'virtual' }),
    lastRefreshedAt: integer('last_refreshed_at'),
    lastUsedAt: integer('last_used_at'),
    createdBy: text('created_by').notNull(),
    /** Who gave the consent it lives on: member id, key id or `link`. Null before there was one. */
    authorizedBy: text('authorized_by'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    revision: integer('revision').notNull(),
    generation: integer('generation').notNull(),
    /** The object's promise of its next sign of life; past it, the cron asks. Null: nothing is expected. */
    heardBy: integer('heard_by'),
    /** When the cron may claim the row again. */
    nudgeAt: integer('nudge_at'),
  },
  (table) => [
    index('connections_due').on(table.heardBy, table.nudgeAt),
    index('connections_list').on(table.workspaceId, table.createdAt, table.id),
    index('connections_by_connector').on(table.workspaceId, table.connector, table.createdAt, table.id),
    index('connections_attention').on(table.workspaceId, table.attention, table.createdAt, table.id),
    index('connections_attention_by_connector').on(
      table.workspaceId,
      table.connector,
      table.attention,
      table.createdAt,
      table.id,
    ),
    index('connections_by_app').on(
      table.appOwner,
      table.appConnector,
      table.workspaceId,
      table.attention,
      table.createdAt,
      table.id,
    ),
  ],
)

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    name: text('name').notNull(),
    hash: text('hash').notNull(),
    permissions: text('permissions', { mode: 'json' }).$type<Permission[]>().notNull(),
    connectionIds: text('connection_ids', { mode: 'json' }).$type<string[]>(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    /** Null once KV was seen to hold this row's copy; else when the cron looks again. */
    copyDueAt: integer('copy_due_at'),
    /** Null: connections of every connector. */
    connectors: text('connectors', { mode: 'json' }).$type<string[]>(),
    /** A newer secret, while `hash` lives on beside it. */
    nextHash: text('next_hash'),
    /** When `nextHash` was made. */
    rotatedAt: integer('rotated_at'),
    /** The secret that was ended last: its copy has to say so. */
    endedHash: text('ended_hash'),
  },
  (table) => [
    index('api_keys_list').on(table.workspaceId, table.createdAt),
    index('api_keys_copy_due').on(table.copyDueAt),
  ],
)

/** Append-only. No secret, token or code has a column here. */
export const audit = sqliteTable(
  'audit',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').notNull(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    outcome: text('outcome').notNull(),
    /** By the outcome: refused, or not brought about. */
    failed: integer('failed', { mode: 'boolean' }).notNull().default(false),
    /** What changed in a few words: `builder → admin`, an address, the name of what is gone. */
    detail: text('detail'),
  },
  (table) => [
    index('audit_list').on(table.workspaceId, table.at, table.id),
    index('audit_by_actor').on(table.workspaceId, table.actor, table.at, table.id),
    index('audit_by_action').on(table.workspaceId, table.action, table.at, table.id),
    index('audit_by_subject').on(table.workspaceId, table.subject, table.at, table.id),
    index('audit_by_failure').on(table.workspaceId, table.failed, table.at, table.id),
  ],
)

/** Connect links: each lets one person authorize one connection. `tokenHash`: SHA-256 of the token, lower-case hex. */
export const connectLinks = sqliteTable(
  'connect_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    connectionId: text('connection_id').notNull(),
    /** Key or member id: the link dies with it. */
    madeBy: text('made_by').notNull(),
    tools: text('tools', { mode: 'json' }).$type<string[]>().notNull(),
    /** Null: what the connection asked for so far. */
    scopes: text('scopes', { mode: 'json' }).$type<string[]>(),
    expectedAccount: text('expected_account'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** Used, or followed by a newer link. */
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('connect_links_connection').on(table.workspaceId, table.connectionId),
    index('connect_links_expiry').on(table.expiresAt),
  ],
)

/** Answers kept under `Idempotency-Key`, sealed: they hold connect links. `answerSealed` is null while one is made. */
export const idempotentAnswers = sqliteTable(
  'idempotent_answers',
  {
    /** SHA-256 over key id and `Idempotency-Key`. */
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').notNull(),
    requestHash: text('request_hash').notNull(),
    answerSealed: text('answer_sealed'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('idempotent_answers_age').on(table.createdAt)],
)

/** Where a workspace is told of changes. The signing secret is sealed; the one before it signs too for a day. */
export const webhookEndpoints = sqliteTable(
  'webhook_endpoints',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    url: text('url').notNull(),
    events: text('events', { mode: 'json' }).$type<EventType[]>().notNull(),
    secretSealed: text('secret_sealed').notNull(),
    previousSecretSealed: text('previous_secret_sealed'),
    previousSecretUntil: integer('previous_secret_until'),
    disabledAt: integer('disabled_at'),
    disabledReason: text('disabled_reason').$type<DisabledReason>(),
    createdBy: text('created_by').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('webhook_endpoints_list').on(table.workspaceId, table.createdAt)],
)

/** What happened, as it is sent. Written only where an endpoint wants it. */
export const webhookEvents = sqliteTable(
  'webhook_events',
  {
    id: text('id').primaryKey(),
    workspaceId: text('workspace_id').notNull(),
    /** Null for a test. */
    connectionId: text('connection_id'),
    type: text('type').$type<WebhookType>().notNull(),
    at: integer('at').notNull(),
    payload: text('payload').notNull(),
  },
  (table) => [index('webhook_events_age').on(table.at)],
)

/** One event for one endpoint. `nextAt`: when it is tried next; null once it is settled. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    endpointId: text('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    eventId: text('event_id').notNull(),
    /** When the event happened, for the log and its end. */
    at: integer('at').notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    attempts: integer('attempts').notNull(),
    nextAt: integer('next_at'),
    /** Somebody is sending it until then. */
    claimedUntil: integer('claimed_until'),
    lastAt: integer('last_at'),
    /** `200`, `timeout` and the like: never anything the endpoint wrote. */
    lastAnswer: text('last_answer'),
    lastMs: integer('last_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.endpointId, table.eventId] }),
    index('webhook_deliveries_due').on(table.nextAt),
    index('webhook_deliveries_log').on(table.endpointId, table.at, table.eventId),
    index('webhook_deliveries_age').on(table.at),
  ],
)
