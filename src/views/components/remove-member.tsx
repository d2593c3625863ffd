// What ends with a member, and what lives on: asked before, and told after.

import { plural } from '../format.ts'
import { ConfirmForm } from './confirm.tsx'

export interface Belongings {
  connections: { id: string; name: string; connector: string }[]
  keys: { id: string; name: string }[]
}

interface RemoveConfirmProps {
  member: { id: string; email: string; name: string | null }
  belongings: Belongings
}

export function RemoveConfirm({ member, belongings }: RemoveConfirmProps) {
  const { id, email, name } = member
  return (
    <ConfirmForm
      title={`Remove ${name ?? email}?`}
      action={`/members/${encodeURIComponent(id)}/remove`}
      label="Remove this member"
      cancelHref="/members"
      atTheEdge={belongings.keys.length > 0}
    >
      <WhatEnds belongings={belongings} whose="their" />
    </ConfirmForm>
  )
}

/** In the sentence of a confirmation, for somebody else or for oneself. */
export function WhatEnds({ belongings, whose }: { belongings: Belongings; whose: 'their' | 'your' }) {
  const { connections, keys } = belongings
  const names = keys.map(({ name }) => name).join(', ')
  return (
    <ul>
      <li>
        Every session, connect link and invitation of {whose === 'their' ? 'theirs' : 'yours'} ends at once.
      </li>
      {keys.length === 0 ? null : (
        <li>
          {plural(keys.length, 'API key')} {whose === 'their' ? 'they' : 'you'} made{' '}
          {keys.length === 1 ? 'is' : 'are'} revoked: {names}. Workflows that use{' '}
          {keys.length === 1 ? 'it' : 'them'} stop.
        </li>
      )}
      {connections.length === 0 ? null : (
        <li>
          {plural(connections.length, 'connection')} {whose === 'their' ? 'they' : 'you'} authorized{' '}
          {connections.length === 1 ? 'lives' : 'live'} on, for as long as {whose} access at the service does.
        </li>
      )}
    </ul>
  )
}

/** Consents of whoever is gone end one day, at the service: better ask anew in time. */
export function ServiceAccountHint({ connections }: Pick<Belongings, 'connections'>) {
  if (connections.length === 0) return null
  return (
    <div class="notice warn">
      <h2>Authorize again with a service account?</h2>
      <p>
        {connections.length === 1 ? 'This connection lives' : 'These connections live'} on a consent of
        whoever is gone. Once that account is closed at the service,{' '}
        {connections.length === 1 ? 'it stops' : 'they stop'}. Open each and press Reconnect, signed in at the
        service with an account that belongs to nobody in particular.
      </p>
      <ul>
        {connections.map(({ id, name }) => (
          <li>
            <a href={`/connections/${id}`}>{name}</a>
          </li>
        ))}
      </ul>
    </div>
  )
}
