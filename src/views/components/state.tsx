// The state of a connection as a badge, and why it is so in a few words.

import type { WireHealth, WireState } from '../../domain/connection.ts'
import { guidance } from '../../domain/guidance.ts'
import type { ConnectionSnapshot } from '../../domain/snapshot.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'calm'

export const STATE_NAMES: Record<WireState, string> = {
  pending: 'Pending',
  active: 'Active',
  paused: 'Paused',
  reauthorize: 'Reauthorize',
}

const STATE_TONES: Record<WireState, Tone> = {
  pending: 'calm',
  active: 'good',
  paused: 'calm',
  reauthorize: 'bad',
}

const HEALTH_NOTES: Record<WireHealth, string | null> = {
  ok: null,
  retrying: 'The service is failing, retrying',
  in_doubt: 'The last renewal is unclear',
  held: 'The OAuth app is refused',
}

export function StateBadge({ state, health }: { state: WireState; health: WireHealth }) {
  const tone = state === 'active' && health !== 'ok' ? 'warn' : STATE_TONES[state]
  return <Badge tone={tone}>{STATE_NAMES[state]}</Badge>
}

export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>
}

/** The reason behind the badge for a list; null where the badge says it all. */
export function stateNote({ state, reason, health }: ConnectionSnapshot): string | null {
  if (state === 'reauthorize') return reason ? guidance(reason).title : 'Somebody must consent again'
  if (state === 'pending') return 'The consent is not finished'
  return HEALTH_NOTES[health]
}
