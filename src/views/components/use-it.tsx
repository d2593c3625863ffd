// For whoever builds the workflow: the ID to copy and the commands for this very connection.

import { fillPlaceholders } from '../../domain/placeholders.ts'
import { may } from '../../domain/roles.ts'
import type { ConnectionProps } from './connection-props.ts'
import { CopyField } from './copy-field.tsx'
import { Panel } from './panel.tsx'

export function UseIt({ member, connection, connector, publicUrl, appParams = {} }: ConnectionProps) {
  const { baseUrl, examplePath } = connector.api
  const base = fillPlaceholders(baseUrl, connector, appParams)
  const example = base && `${base.replace(/\/$/, '')}/${examplePath.replace(/^\//, '')}`
  return (
    <Panel title="Use it in a workflow" id="use">
      <p class="label">Connection ID</p>
      <CopyField value={connection.id} what="connection ID" />
      <p class="label">Get a fresh access token</p>
      <CopyField value={tokenCommand(publicUrl, connection.id)} what="command for a token" block />
      {example ? (
        <>
          <p class="label">Then call {connector.name} with it</p>
          <CopyField
            value={`curl -H "Authorization: Bearer $ACCESS_TOKEN" ${example}`}
            what={`command that calls ${connector.name}`}
            block
          />
        </>
      ) : null}
      <p class="hint">
        <code>EVERGRANT_KEY</code> is an API key with the permission to read tokens.{' '}
        {may(member.role, 'keys.manage') ? (
          <a href="/keys">Make an API key</a>
        ) : (
          'Ask an owner or an admin for one.'
        )}
      </p>
    </Panel>
  )
}

export function tokenCommand(publicUrl: string, connectionId: string): string {
  return `curl -H "Authorization: Bearer $EVERGRANT_KEY" ${publicUrl}/v1/connections/${connectionId}/token`
}
