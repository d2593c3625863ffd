// What changes a connection for good: its name, and the danger zone that says who will break before it asks.

import { may } from '../../domain/roles.ts'
import { ConfirmForm } from './confirm.tsx'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { errorFor, Field } from './field.tsx'
import { Panel } from './panel.tsx'
import { accountLabel } from './token-life.tsx'
import { WhoWillBreak } from './who-uses.tsx'

/** Right after the first consent: the suggested name, ready to save. */
export function NameIt({ connection, connector, values, errors }: ConnectionProps) {
  return (
    <section class="notice good name-it" aria-labelledby="name-it">
      <h2 id="name-it">
        Connected to {connector.name}
        {connection.account ? ` as ${accountLabel(connection.account)}` : ''}
      </h2>
      <p>Give it a name your team will recognise. Evergrant keeps the access alive from now on.</p>
      <NameForm
        id={connection.id}
        name={values?.name ?? connection.name}
        error={errorFor(errors, 'name')}
        primary
      />
    </section>
  )
}

export function NamePanel({ connection, values, errors }: ConnectionProps) {
  return (
    <Panel title="Settings" id="settings">
      <NameForm id={connection.id} name={values?.name ?? connection.name} error={errorFor(errors, 'name')} />
    </Panel>
  )
}

interface NameFormProps {
  id: string
  name: string
  error: string | undefined
  primary?: boolean
}

function NameForm({ id, name, error, primary = false }: NameFormProps) {
  return (
    <form method="post" action={connectionPath(id, 'name')} class="inline-form">
      <Field label="Name" name="name" value={name} required maxlength={100} error={error} />
      <button type="submit" class={primary ? 'button primary' : 'button'}>
        Save
      </button>
    </form>
  )
}

export function DangerZone(props: ConnectionProps) {
  const { member, connection, confirmDelete } = props
  if (!may(member.role, 'connections.manage')) return null
  return (
    <Panel title="Danger zone" id="danger" tone="danger">
      {confirmDelete ? (
        <DeleteConfirm {...props} />
      ) : (
        <div class="danger-row">
          <div>
            <p class="strong">Delete this connection</p>
            <p class="quiet">Workflows that use it stop working. The next page asks first.</p>
          </div>
          <a class="button danger-outline" href={`${connectionPath(connection.id)}?confirm=delete#confirm`}>
            Delete
          </a>
        </div>
      )}
    </Panel>
  )
}

function DeleteConfirm(props: ConnectionProps) {
  const { connection, connector, siblings } = props
  return (
    <ConfirmForm
      title={`Delete “${connection.name}”?`}
      action={connectionPath(connection.id, 'delete')}
      label="Delete this connection"
      cancelHref={connectionPath(connection.id)}
      atTheEdge
    >
      <ul>
        <WhoWillBreak {...props} />
        <li>It cannot be undone. Connecting the account again makes a new connection with another ID.</li>
        <li>
          {revocationWords(
            connector.name,
            connector.revocation !== null,
            connector.refresh.sharedGrant,
            siblings,
          )}
        </li>
      </ul>
    </ConfirmForm>
  )
}

function revocationWords(service: string, revocable: boolean, shared: boolean, siblings: number): string {
  if (shared && siblings > 0) {
    return siblings === 1
      ? `Another connection uses the same consent at ${service}, so it is not revoked there as long as that one lives.`
      : `${siblings} other connections use the same consent at ${service}, so it is not revoked there as long as they live.`
  }
  if (shared && revocable) {
    return `${service} ends everything that this account gave to the OAuth app. Evergrant asks for that once, unless another connection of the app stands on it, and tells you what came of it.`
  }
  return revocable
    ? `Evergrant asks ${service} once to revoke the access, and tells you what came of it.`
    : `${service} offers no way to revoke the access from here: remove it there by hand afterwards.`
}
