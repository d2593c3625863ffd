// Why a refresh did not leave at all, in the words that the connection's page shows. What an earlier call left open stays so.

import type { RefreshFailure } from '../domain/apply-refresh.ts'
import type { CredentialsFailure } from './credentials.ts'

export const CREDENTIALS_FAILURE: Record<CredentialsFailure, RefreshFailure> = {
  missing: {
    class: 'config',
    retryAfterMs: null,
    hint: null,
    unsent: true,
    detail: 'No complete OAuth app is configured for this service.',
  },
  unreadable: {
    class: 'transient',
    retryAfterMs: null,
    hint: null,
    unsent: true,
    detail: 'The OAuth app could not be read.',
  },
  moved: {
    class: 'config',
    retryAfterMs: null,
    hint: null,
    unsent: true,
    detail:
      'The addresses of this service were changed after the consent, and what it gave is not sent to others. Reconnect, or restore the addresses.',
  },
}

export const GRANT_UNREADABLE: RefreshFailure = {
  class: 'transient',
  retryAfterMs: null,
  hint: null,
  unsent: true,
  detail: 'The stored grant cannot be opened. ENCRYPTION_KEYS must still hold the key it was sealed with.',
}

export const APP_REPLACED: RefreshFailure = {
  class: 'config',
  retryAfterMs: null,
  hint: null,
  unsent: true,
  detail:
    'The OAuth app was replaced by one with another client ID. Reconnect, or restore the app this connection was made with.',
}
