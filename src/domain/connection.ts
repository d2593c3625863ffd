// States of a connection and the one table of what each event does to them.

export type ConnectionState = 'pending' | 'active' | 'reauthorize'
/** As callers see it: `reauthorize` if that, else `paused` if the flag is set, else the rest. */
export type WireState = ConnectionState | 'paused'
/** `held` is read from the OAuth app and never written to a connection. */
export type Health = 'ok' | 'retrying' | 'in_doubt'
export type WireHealth = Health | 'held'

export const REASONS = [
  'grant_revoked',
  'consent_required',
  'no_refresh_token',
  'refresh_token_expired',
  'rejected_by_provider',
  'rotation_in_doubt',
  'grant_missing',
] as const
export type Reason = (typeof REASONS)[number]

export interface Lifecycle {
  state: ConnectionState
  paused: boolean
  /** Set exactly in `reauthorize`. */
  reason: Reason | null
  health: Health
}

export type ConnectionEvent =
  | { type: 'consent_given'; otherAccount: boolean }
  | { type: 'consent_failed' }
  | { type: 'pending_ended' }
  | { type: 'refreshed' }
  | { type: 'provider_failing' }
  | { type: 'app_refused' }
  | { type: 'answer_lost' }
  | { type: 'doubt_unsettled' }
  | { type: 'grant_dead'; reason: 'grant_revoked' | 'consent_required' }
  | { type: 'expired_without_refresh_token' }
  | { type: 'refresh_token_deadline' }
  | { type: 'identity_refused' }
  | { type: 'grant_missing' }

/**
 * `changed`: take the new lifecycle, and the new grant where the event brought one.
 * `told`: nothing changes, the person is told why. `dropped`: the event came too late and its result is discarded.
 * `removed`: the connection ends.
 */
export type Transition =
  | { effect: 'changed'; lifecycle: Lifecycle }
  | { effect: 'told' }
  | { effect: 'dropped' }
  | { effect: 'removed' }

type Cell = (lifecycle: Lifecycle, event: ConnectionEvent) => Transition

const told: Cell = () => ({ effect: 'told' })
const dropped: Cell = () => ({ effect: 'dropped' })
const removed: Cell = () => ({ effect: 'removed' })
const activate: Cell = ({ paused }) => ({
  effect: 'changed',
  lifecycle: { state: 'active', paused, reason: null, health: 'ok' },
})
const health =
  (value: Health): Cell =>
  (lifecycle) => ({ effect: 'changed', lifecycle: { ...lifecycle, health: value } })
const lose =
  (reason: Reason): Cell =>
  ({ paused }) => ({
    effect: 'changed',
    lifecycle: { state: 'reauthorize', paused, reason, health: 'ok' },
  })
const consent: Cell = (lifecycle, event) =>
  event.type === 'consent_given' && event.otherAccount ? told(lifecycle, event) : activate(lifecycle, event)
const dead: Cell = (lifecycle, event) =>
  event.type === 'grant_dead' ? lose(event.reason)(lifecycle, event) : dropped(lifecycle, event)
const unchanged: Cell = (lifecycle) => ({ effect: 'changed', lifecycle })

const TABLE: Record<ConnectionEvent['type'], Record<ConnectionState, Cell>> = {
  consent_given: { pending: consent, active: consent, reauthorize: consent },
  consent_failed: { pending: told, active: told, reauthorize: told },
  pending_ended: { pending: removed, active: dropped, reauthorize: dropped },
  refreshed: { pending: dropped, active: activate, reauthorize: dropped },
  provider_failing: { pending: dropped, active: health('retrying'), reauthorize: dropped },
  app_refused: { pending: dropped, active: unchanged, reauthorize: dropped },
  answer_lost: { pending: dropped, active: health('in_doubt'), reauthorize: dropped },
  doubt_unsettled: { pending: dropped, active: lose('rotation_in_doubt'), reauthorize: dropped },
  grant_dead: { pending: dropped, active: dead, reauthorize: dropped },
  expired_without_refresh_token: { pending: dropped, active: lose('no_refresh_token'), reauthorize: dropped },
  refresh_token_deadline: { pending: dropped, active: lose('refresh_token_expired'), reauthorize: dropped },
  identity_refused: { pending: dropped, active: lose('rejected_by_provider'), reauthorize: dropped },
  grant_missing: { pending: dropped, active: lose('grant_missing'), reauthorize: dropped },
}

export function transition(lifecycle: Lifecycle, event: ConnectionEvent): Transition {
  return TABLE[event.type][lifecycle.state](lifecycle, event)
}

export function wireState(lifecycle: Pick<Lifecycle, 'state' | 'paused'>): WireState {
  if (lifecycle.state === 'reauthorize') return 'reauthorize'
  return lifecycle.paused ? 'paused' : lifecycle.state
}
