// The end of a consent that no refresh can move, told 14, 7 and 1 days ahead, more clearly each time.

import { may } from '../../domain/roles.ts'
import { consentDeadline } from '../deadline.ts'
import { dateOf, relativeTime } from '../format.ts'
import { ReconnectForm } from './connection-actions.tsx'
import type { ConnectionProps } from './connection-props.ts'
import { Banner } from './notice.tsx'
import { Time } from './time.tsx'

export function DeadlineBanner({ member, connection, connector, now }: ConnectionProps) {
  const end = consentDeadline(connection, now)
  if (!end) return null
  const manages = may(member.role, 'connections.manage')
  return (
    <Banner
      tone={end.tone}
      title={
        end.passed ? 'This consent has reached its end' : `This consent ends ${relativeTime(end.at, now)}`
      }
    >
      <p>
        {connector.name} limits how long one consent lasts, and no refresh can move its end:{' '}
        <span class="strong">{dateOf(end.at)}</span> (<Time at={end.at} now={now} />
        ). From then on workflows get no token until somebody reconnects.
      </p>
      <p>
        {manages
          ? 'Reconnect now keeps everything: the ID, the name and the history stay, workflows notice nothing, and a new period begins.'
          : 'Ask an owner or an admin of this workspace to reconnect it before then; everything that uses it stays as it is.'}
      </p>
      {manages ? (
        <ReconnectForm id={connection.id} label="Reconnect now" primary={end.tone !== 'calm'} />
      ) : null}
    </Banner>
  )
}
