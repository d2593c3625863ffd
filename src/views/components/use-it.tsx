// For whoever builds the workflow: ready code for this very connection. A reader's choice of language outlives the polling.

import { may } from '../../domain/roles.ts'
import { snippetsFor } from '../snippets.ts'
import type { ConnectionProps } from './connection-props.ts'
import { CopyField } from './copy-field.tsx'
import { Panel } from './panel.tsx'
import { Tabs } from './tabs.tsx'

export function UseIt({ member, connection, connector, publicUrl }: ConnectionProps) {
  const { examplePath } = connector.api
  const snippets = snippetsFor({ publicUrl, connectionId: connection.id, examplePath })
  return (
    <div id="use-it" hx-morph-skip>
      <Panel
        title="Use it in a workflow"
        id="use"
        lead={`Through Evergrant a workflow calls ${connector.name} and never sees a token. “Token only” is for clients that have to hold one.`}
      >
        <Tabs
          name="snippet"
          legend="Language"
          tabs={snippets.map(({ id, label, what, code }) => ({
            id,
            label,
            content: <CopyField value={code} what={what} block />,
          }))}
        />
        <p class="hint">
          <code>EVERGRANT_KEY</code> is an API key that may use the proxy, or read tokens.{' '}
          {may(member.role, 'keys.manage') ? (
            <a href="/keys">Make an API key</a>
          ) : (
            'Ask an owner or an admin for one.'
          )}
        </p>
      </Panel>
    </div>
  )
}
