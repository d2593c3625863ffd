// A ConnectionRecord as a test needs it: an active connection on a rotating service, half way through an hour-long token.

import type { Grant } from '../../src/domain/grant.ts'
import type { ConnectionRecord, JournalNote, Trouble } from '../../src/domain/record.ts'

export const HOUR_MS = 3600_000
/** The fixture's present; its token was obtained half an hour before and ends half an hour after. */
export const NOW = Date.UTC(2026, 10, 24, 12)

export function grantFixture(change: Partial<Grant> = {}): Grant {
  return {
    sealed: 'v1.k1.iv.ciphertext',
    clientId: 'client-1',
    accessTokenHash: 'access-hash-1',
    refreshTokenHash: 'refresh-hash-1',
    tokenType: 'Bearer',
    obtainedAt: NOW - HOUR_MS / 2,
    expiresAt: NOW + HOUR_MS / 2,
    dueAt: NOW + HOUR_MS / 4,
    consentedAt: NOW - 24 * HOUR_MS,
    refreshExpiresAt: null,
    ...change,
  }
}

export function recordFixture(change: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return {
    version: 1,
    id: 'con_0123456789abcdefghijklmnop',
    workspaceId: 'wsp_0123456789abcdefghijklmnop',
    connector: 'local',
    appConnector: 'local',
    appOwner: 'deployment',
    name: 'Local CRM - Ada Lovelace',
    named: false,
    createdAt: NOW - 24 * HOUR_MS,
    createdBy: 'mem_0123456789abcdefghijklmnop',
    updatedAt: NOW - HOUR_MS,
    revision: 7,
    generation: 3,
    state: 'active',
    paused: false,
    reason: null,
    health: 'ok',
    account: {
      issuer: 'local',
      tenant: null,
      subject: 'ada',
      email: 'ada@example.com',
      emailVerified: true,
      name: 'Ada Lovelace',
    },
    tools: ['contacts.read'],
    requestedScopes: ['contacts.read'],
    grantedScopes: ['contacts.read'],
    rules: { rotates: true, replay: { rule: 'never' }, killsOldAccess: false, sharedGrant: false },
    reasonHint: null,
    reauthorizeBefore: null,
    grant: grantFixture(),
    pending: null,
    pendingUntil: null,
    journal: null,
    trouble: null,
    holdOff: null,
    checkDueAt: null,
    lastForcedAt: null,
    lastRefreshedAt: NOW - HOUR_MS / 2,
    lastUse: null,
    notice: null,
    askedGeneration: 0,
    publishedGeneration: 0,
    copyLivesUntil: 0,
    debts: null,
    rowWrittenAt: NOW - HOUR_MS,
    deletion: null,
    ...change,
  }
}

/** A connection that nobody has consented to yet. */
export function pendingFixture(change: Partial<ConnectionRecord> = {}): ConnectionRecord {
  return recordFixture({
    state: 'pending',
    grant: null,
    account: null,
    generation: 0,
    lastRefreshedAt: null,
    pendingUntil: NOW + 24 * HOUR_MS,
    ...change,
  })
}

/** An open note about the refresh token of {@link grantFixture}. */
export function noteFixture(change: Partial<JournalNote> = {}): JournalNote {
  return {
    attempt: 1,
    refreshTokenHash: 'refresh-hash-1',
    startedAt: NOW,
    firstStartedAt: NOW,
    replays: 0,
    trigger: 'alarm',
    ...change,
  }
}

export function troubleFixture(change: Partial<Trouble> = {}): Trouble {
  return {
    class: 'transient',
    attempts: 1,
    firstAt: NOW - 1_000,
    retryAt: NOW + 1_000,
    detail: 'HTTP 503',
    hint: null,
    suspicion: null,
    ...change,
  }
}

/** A connector's refresh rules with this replay rule. */
export function rulesFixture(replay: ConnectionRecord['rules']['replay']): ConnectionRecord['rules'] {
  return { rotates: replay.rule !== 'harmless', replay, killsOldAccess: false, sharedGrant: false }
}
