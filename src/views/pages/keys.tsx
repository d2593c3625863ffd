// API keys: the list with its in-page revoke, the form for a new one, and the page that shows a new key once.

import type { Permission } from '../../domain/api-key.ts'
import type { FieldError } from '../../domain/failure.ts'
import { may } from '../../domain/roles.ts'
import { ConfirmForm } from '../components/confirm.tsx'
import { CopyField } from '../components/copy-field.tsx'
import { EffectNote } from '../components/effect-note.tsx'
import { KeyForm, type KeyFormValues } from '../components/key-form.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { Badge } from '../components/state.tsx'
import { Time, TimeOr } from '../components/time.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'
import { tokenCommand } from '../snippets.ts'

export interface KeyView {
  id: string
  name: string
  permissions: Permission[]
  /** Null: every connection of the workspace. */
  connectionIds: string[] | null
  /** Null: of every connector. */
  connectors: string[] | null
  /** Since when it has two secrets; null while it has one. */
  rotatingSince: number | null
  createdAt: number
  lastUsedAt: number | null
  expiresAt: number | null
  revokedAt: number | null
}

interface KeysProps {
  member: PageMember
  now: number
  keys: KeyView[]
  /** To choose from, and to name those of a key. */
  connections: { id: string; name: string }[]
  connectors: { id: string; name: string }[]
  /** Id of the key whose old secret is to be ended: `?finish=<id>`. */
  finish?: string | null
  /** Id of the key whose revocation is asked for: `?revoke=<id>`. */
  revoke: string | null
  values?: KeyFormValues | undefined
  errors?: FieldError[] | undefined
}

export function KeysPage(props: KeysProps) {
  const { member, now, keys, connections, connectors, revoke, finish, values, errors } = props
  const manages = may(member.role, 'keys.manage')
  const asked = manages ? keys.find(({ id, revokedAt }) => id === revoke && revokedAt === null) : undefined
  const finished = manages
    ? keys.find(({ id, rotatingSince }) => id === finish && rotatingSince !== null)
    : undefined
  return (
    <Layout title="API keys" member={member} current="keys">
      <PageHead
        title="API keys"
        lead="A workflow sends its key with every request. A key is shown once, when it is made."
      />
      {asked ? <RevokeConfirm apiKey={asked} now={now} /> : null}
      {finished ? <FinishConfirm apiKey={finished} now={now} /> : null}
      {keys.length === 0 ? (
        <div class="empty">
          <p class="strong">No API key yet.</p>
          <p>{manages ? 'Make the first one below.' : 'An owner or an admin can make one.'}</p>
        </div>
      ) : (
        <>
          <table class="rows keys">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">May do</th>
                <th scope="col">Connections</th>
                <th scope="col">Last used</th>
                <th scope="col">State</th>
                {manages ? (
                  <th scope="col">
                    <span class="sr">Actions</span>
                  </th>
                ) : null}
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <KeyRow
                  apiKey={key}
                  connections={connections}
                  connectors={connectors}
                  manages={manages}
                  now={now}
                />
              ))}
            </tbody>
          </table>
          {manages && !asked && !finished ? <EffectNote /> : null}
        </>
      )}
      {manages ? (
        <div class="narrow-left">
          <Panel title="New API key" id="new-key">
            <KeyForm connections={connections} connectors={connectors} values={values} errors={errors} />
          </Panel>
        </div>
      ) : null}
    </Layout>
  )
}

interface KeyRowProps {
  apiKey: KeyView
  connections: KeysProps['connections']
  connectors: KeysProps['connectors']
  manages: boolean
  now: number
}

function KeyRow({ apiKey, connections, connectors, manages, now }: KeyRowProps) {
  const { id, name, permissions, connectionIds, lastUsedAt, expiresAt, revokedAt, rotatingSince } = apiKey
  const services = apiKey.connectors?.map(
    (each) => connectors.find((known) => known.id === each)?.name ?? each,
  )
  const names = connectionIds?.map((each) => connections.find((known) => known.id === each)?.name ?? each)
  return (
    <tr id={`key-${id}`} class="row">
      <th scope="row" class="cell-name">
        <span class="cell-name-text">
          <span>{name}</span>
          <code class="quiet">{`egk_${id}…`}</code>
        </span>
      </th>
      <td class="cell-permissions">
        {permissions.map((permission) => (
          <code class="tag">{permission}</code>
        ))}
      </td>
      <td class="cell-scope">
        {names ? (
          <span title={names.join('\n')}>{plural(names.length, 'connection')}</span>
        ) : (
          'All connections'
        )}
        {services ? <span class="note">{services.join(', ')} only</span> : null}
      </td>
      <td class="cell-used">
        <span class="cell-label">Last used </span>
        <TimeOr at={lastUsedAt} now={now} empty="never" />
      </td>
      <td class="cell-state">
        <KeyState revokedAt={revokedAt} expiresAt={expiresAt} now={now} />
        {revokedAt === null && rotatingSince !== null ? (
          <span class="note">
            two secrets since <Time at={rotatingSince} now={now} />
          </span>
        ) : null}
      </td>
      {manages ? (
        <td class="cell-action">
          {revokedAt === null ? <RotateAction apiKey={apiKey} /> : null}
          {revokedAt === null ? (
            <a class="button small" href={`/keys?revoke=${encodeURIComponent(id)}#confirm`}>
              Revoke<span class="sr"> {name}</span>
            </a>
          ) : null}
        </td>
      ) : null}
    </tr>
  )
}

/** A second secret first; once every workflow has it, the old one is ended. */
function RotateAction({ apiKey: { id, name, rotatingSince } }: { apiKey: KeyView }) {
  const address = `/keys/${encodeURIComponent(id)}`
  if (rotatingSince !== null) {
    return (
      <a class="button small" href={`/keys?finish=${encodeURIComponent(id)}#confirm`}>
        End the old secret<span class="sr"> of {name}</span>
      </a>
    )
  }
  return (
    <form method="post" action={`${address}/rotate`}>
      <button type="submit" class="button small">
        Rotate<span class="sr"> {name}</span>
      </button>
    </form>
  )
}

function KeyState({ revokedAt, expiresAt, now }: Pick<KeyView, 'revokedAt' | 'expiresAt'> & { now: number }) {
  if (revokedAt !== null) {
    return (
      <>
        <Badge tone="calm">Revoked</Badge>
        <span class="note">
          <Time at={revokedAt} now={now} />
        </span>
      </>
    )
  }
  const expired = expiresAt !== null && expiresAt <= now
  return (
    <>
      <Badge tone={expired ? 'bad' : 'good'}>{expired ? 'Expired' : 'Active'}</Badge>
      <span class="note">
        {expiresAt === null ? (
          'never expires'
        ) : (
          <>
            {expired ? 'expired' : 'expires'} <Time at={expiresAt} now={now} />
          </>
        )}
      </span>
    </>
  )
}

function RevokeConfirm({ apiKey, now }: { apiKey: KeyView; now: number }) {
  const { id, name, lastUsedAt } = apiKey
  return (
    <ConfirmForm
      title={`Revoke the key “${name}”?`}
      action={`/keys/${encodeURIComponent(id)}/revoke`}
      label="Revoke this key"
      cancelHref="/keys"
      atTheEdge
    >
      <p>
        {lastUsedAt === null ? (
          'It has never been used.'
        ) : (
          <>
            Last used <Time at={lastUsedAt} now={now} />.
          </>
        )}{' '}
        Every workflow that uses it stops working. It cannot be undone; a new key has to be made and handed
        out.
      </p>
    </ConfirmForm>
  )
}

function FinishConfirm({ apiKey, now }: { apiKey: KeyView; now: number }) {
  const { id, name, rotatingSince } = apiKey
  return (
    <ConfirmForm
      title={`End the old secret of “${name}”?`}
      action={`/keys/${encodeURIComponent(id)}/finish`}
      label="End the old secret"
      cancelHref="/keys"
      atTheEdge
    >
      <p>
        The new secret was made <Time at={rotatingSince ?? now} now={now} />. Every workflow that still sends
        the old one stops working. It cannot be undone.
      </p>
    </ConfirmForm>
  )
}

interface KeyCreatedProps {
  member: PageMember
  name: string
  /** In clear, for this one page. */
  apiKey: string
  publicUrl: string
  permissions: Permission[]
  /** For the example: a connection the key may use; null where there is none yet. */
  connectionId: string | null
  /** A second secret of a key that goes on working with the first. */
  rotated?: boolean
}

export function KeyCreatedPage({
  member,
  name,
  apiKey,
  publicUrl,
  permissions,
  connectionId,
  rotated = false,
}: KeyCreatedProps) {
  const title = rotated ? 'Your new secret' : 'Your new API key'
  const example =
    permissions.includes('tokens:read') && connectionId
      ? tokenCommand(publicUrl, connectionId)
      : `curl -H "Authorization: Bearer $EVERGRANT_KEY" ${publicUrl}/v1/connections`
  return (
    <Layout title={title} member={member} current="keys">
      <div class="narrow">
        <PageHead title={title} back={{ href: '/keys', label: 'API keys' }} />
        <div class="panel">
          <div class="notice warn">
            <p class="strong">Copy it now: it is not shown again.</p>
            <p>Evergrant stores only its hash. Keep it where your workflows keep their secrets.</p>
            {rotated ? (
              <p>The old secret goes on working. End it under API keys once every workflow sends this one.</p>
            ) : null}
          </div>
          <p class="label">{name}</p>
          <CopyField value={apiKey} what="API key" />
          <p class="label">Try it, with the key in the variable EVERGRANT_KEY</p>
          <CopyField value={example} what="example" block />
          <p>
            <a class="button primary" href="/keys">
              I have copied it
            </a>
          </p>
        </div>
      </div>
    </Layout>
  )
}
