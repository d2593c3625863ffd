// What the connection may do, what it lacks, and the way to more or less of it.

import { permissionsOf } from '../../domain/permissions.ts'
import { may } from '../../domain/roles.ts'
import { scopeTitle } from '../../domain/scopes.ts'
import { inWords, permissionSentence } from '../permission-words.ts'
import { ReconnectForm } from './connection-actions.tsx'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { Banner } from './notice.tsx'
import { Panel } from './panel.tsx'
import { ToolStatus } from './tools.tsx'

export function PermissionsPanel({ member, connection, connector }: ConnectionProps) {
  const { state } = connection
  const lacking = state === 'reauthorize' ? null : permissionSentence(connector, connection)
  return (
    <Panel
      title="What it may do"
      id="permissions"
      lead={
        state === 'reauthorize'
          ? 'As of the last consent; nothing until somebody reconnects.'
          : lacking && `${lacking}.`
      }
    >
      <ToolStatus
        connector={connector}
        tools={connection.tools}
        requested={connection.requestedScopes}
        granted={connection.grantedScopes}
        consented={connection.consentedScopes}
        pending={state === 'pending'}
      />
      {may(member.role, 'connections.manage') && state !== 'pending' ? (
        <p class="panel-link">
          <a href={connectionPath(connection.id, 'permissions')}>Change permissions</a>
        </p>
      ) : null}
    </Panel>
  )
}

/** Nobody has been asked for something yet: a tool was added, or one has come to need more than it did. */
export function WishBanner({ member, connection, connector }: ConnectionProps) {
  const { state, id, wished } = connection
  if (state === 'pending' || state === 'reauthorize') return null
  const { failing, others, unasked } = permissionsOf(connector, connection)
  if (unasked.length === 0) return null
  const title = (scope: string) => scopeTitle(connector, scope)
  const tools = failing.filter((tool) => tool.unasked)
  const beside = others.filter((scope) => unasked.includes(scope))
  return (
    <Banner tone="warn" title="Needs reconnect">
      {tools.map(({ tool, missing }) => (
        <p>
          <span class="strong">{tool.title}</span> needs a permission that nobody has agreed to yet:{' '}
          {inWords(missing.map(title))}.
        </p>
      ))}
      {beside.length === 0 ? null : (
        <p>Also asked for, and not agreed to yet: {inWords(beside.map(title))}.</p>
      )}
      <p>
        Until somebody reconnects, a workflow that needs it is answered with <code>insufficient_scope</code>{' '}
        and everything else works as before. Reconnect asks {connector.name} for the old and the new together.
      </p>
      {may(member.role, 'connections.manage') ? (
        <div class="actions">
          <ReconnectForm id={id} primary />
          {wished ? (
            <form method="post" action={connectionPath(id, 'permissions/drop')}>
              <button type="submit" class="button">
                Leave it as it was
              </button>
            </form>
          ) : null}
        </div>
      ) : (
        <p class="strong">Ask an owner or an admin of this workspace to reconnect it.</p>
      )}
    </Banner>
  )
}
