// A connection in the API's words, as answers and webhook events show it. Times are RFC 3339 in UTC, or null.

import { missingScopes } from './scopes.ts'
import type { ConnectionSnapshot } from './snapshot.ts'

export function connectionJson(connection: ConnectionSnapshot) {
  const { requestedScopes: requested, grantedScopes: granted } = connection
  const consented = connection.state !== 'pending'
  return {
    id: connection.id,
    connector: connection.connector,
    name: connection.name,
    state: connection.state,
    reason: connection.reason,
    health: connection.health,
    account: connection.account,
    tools: connection.tools,
    scopes: { requested, granted, missing: consented ? missingScopes(requested, granted) : [] },
    access_token_expires_at: time(connection.accessExpiresAt),
    refresh_due_at: time(connection.refreshDueAt),
    reauthorize_before: time(connection.reauthorizeBefore),
    last_refreshed_at: time(connection.lastRefreshedAt),
    last_used_at: time(connection.lastUsedAt),
    created_at: time(connection.createdAt),
    updated_at: time(connection.updatedAt),
  }
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
