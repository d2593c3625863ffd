// Which tools a connection is for, changed on a living one. The form may lead to the service, and is never boosted.

import type { Connector } from '../../domain/connector.ts'
import type { FieldError } from '../../domain/failure.ts'
import type { ConnectionDetail } from '../../domain/snapshot.ts'
import { connectionPath } from '../components/connection-props.ts'
import { ErrorSummary, errorFor } from '../components/field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { ToolChoice } from '../components/tools.tsx'
import { Layout, type PageMember } from '../layout.tsx'

interface PermissionsProps {
  member: PageMember
  connection: ConnectionDetail
  connector: Connector
  /** Ids of the ticked tools, shown again after an error. */
  selectedTools?: string[] | undefined
  errors?: FieldError[] | undefined
}

export function PermissionsPage({ member, connection, connector, selectedTools, errors }: PermissionsProps) {
  const path = connectionPath(connection.id)
  return (
    <Layout title={`Permissions of ${connection.name}`} member={member} current="connections">
      <div class="narrow">
        <PageHead
          title="Change permissions"
          back={{ href: path, label: connection.name }}
          lead={`What workflows may do with this ${connector.name} account.`}
        />
        <form method="post" action={connectionPath(connection.id, 'permissions')} class="panel">
          <ErrorSummary errors={errors} fields={['tools']} />
          <ToolChoice
            connector={connector}
            selected={selectedTools ?? connection.tools}
            error={errorFor(errors, 'tools')}
          />
          <div class="tips">
            <ul>
              <li>
                To add a tool you go to {connector.name} and agree once more, with the same account. Until
                then, and if you decline, everything stays as it is.
              </li>
              <li>
                To take one away no consent is needed: it only narrows what is asked for next time. What{' '}
                {connector.name} has given already stays given until the access ends there.
              </li>
            </ul>
          </div>
          <div class="actions">
            <button type="submit" class="button primary">
              Save
            </button>
            <a class="button" href={path}>
              Cancel
            </a>
          </div>
        </form>
      </div>
    </Layout>
  )
}
