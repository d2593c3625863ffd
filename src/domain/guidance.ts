// Every reason in words: what probably happened, and what to do. Written for an admin who has a minute.

import type { Reason } from './connection.ts'

export interface Guidance {
  title: string
  cause: string
  action: string
}

const GUIDANCE: Record<Reason, Guidance> = {
  grant_revoked: {
    title: 'Access was taken away',
    cause:
      'The service no longer accepts this grant. Somebody removed the access there, the password or the security settings of the account changed, or the grant lay unused for too long.',
    action:
      'Reconnect with the same account. The connection keeps its ID, so nothing that uses it has to change.',
  },
  consent_required: {
    title: 'The service wants consent again',
    cause:
      'A policy of the service or of its administrator asks for a new sign-in or a new approval, for example a second factor or an approved app.',
    action:
      'Reconnect with the same account. If the service refuses again, ask its administrator to allow this app first.',
  },
  no_refresh_token: {
    title: 'The access has run out',
    cause: 'The service gave access for a limited time and nothing to renew it with.',
    action: 'Reconnect with the same account to get a new period of access.',
  },
  refresh_token_expired: {
    title: 'The time limit of this consent has passed',
    cause: 'The service limits how long one consent lasts, and that time is over.',
    action: 'Reconnect with the same account; a new consent starts a new period.',
  },
  rejected_by_provider: {
    title: 'The service refuses this access',
    cause:
      'The service answered that the token is no longer valid, and this kind of access cannot be renewed without you.',
    action: 'Reconnect with the same account.',
  },
  rotation_in_doubt: {
    title: 'The renewal was interrupted',
    cause:
      'The service may have exchanged the keys of this connection while its answer was lost on the way, and it does not allow asking twice.',
    action: 'Reconnect with the same account. This is rare and nobody did anything wrong.',
  },
  grant_missing: {
    title: 'The stored access is missing',
    cause: 'Evergrant holds no grant for this connection, for example after a restore of older data.',
    action: 'Reconnect with the same account.',
  },
}

export function guidance(reason: Reason): Guidance {
  return GUIDANCE[reason]
}
