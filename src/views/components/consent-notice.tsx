// What the last attempt to connect came to, as a section of the connection's page: what happened, what to do, and the
// buttons for it.

import type { Notice, NoticeKind } from '../../domain/record.ts'
import { may } from '../../domain/roles.ts'
import { ApprovalHelp, LinkForm } from './approval.tsx'
import { ReconnectForm } from './connection-actions.tsx'
import type { ConnectionProps } from './connection-props.ts'
import { CopyField } from './copy-field.tsx'
import { Banner, DETAIL_LEADS, isGoodNews, noticeWords } from './notice.tsx'
import { accountLabel } from './token-life.tsx'

type Props = ConnectionProps & {
  notice: Notice
  /** What it comes to here, before the words that always hold. */
  lead?: string | null | undefined
}

export function ConsentNotice(props: Props) {
  const { notice, lead, connection, connector, member } = props
  const { tone, title, text, todo } = noticeWords(notice, connector.name)
  const good = isGoodNews(notice)
  const account = good && connection.account ? ` as ${accountLabel(connection.account)}` : ''
  return (
    <Banner tone={tone} title={title + account}>
      {lead ? <p class="strong">{lead}.</p> : null}
      <p>{text}</p>
      {notice.hint ? <p class="strong">{notice.hint}</p> : null}
      {notice.detail ? (
        <p class="quoted">
          {DETAIL_LEADS[notice.kind] ?? 'The service said: '}
          {notice.detail}
        </p>
      ) : null}
      {todo ? <p>{todo}</p> : null}
      {good ? null : may(member.role, 'connections.manage') ? (
        <WayOn {...props} />
      ) : (
        <p class="strong">Ask an owner or an admin of this workspace to try again.</p>
      )}
      {connection.state === 'pending' && !good ? (
        <p class="quiet">
          Until then nothing can use this connection; one that stays unfinished disappears by itself.
        </p>
      ) : null}
    </Banner>
  )
}

const RETRY_LABELS: Partial<Record<NoticeKind, string>> = {
  fewer_permissions: 'Add what is missing',
  other_account: 'Choose the same account',
}

function WayOn(props: Props) {
  const { notice, connection, connector } = props
  const { kind } = notice
  const again = (
    <ReconnectForm
      id={connection.id}
      label={RETRY_LABELS[kind] ?? 'Try again'}
      primary={connection.state === 'pending' && kind !== 'approval_required'}
    />
  )
  switch (kind) {
    case 'approval_required':
      return (
        <>
          <ApprovalHelp {...props} />
          <div class="actions">
            <LinkForm id={connection.id} label="Make a link for the administrator" />
            {again}
          </div>
        </>
      )
    case 'app_refused':
    case 'scope_refused':
      return (
        <>
          {kind === 'app_refused' ? <CallbackUrl {...props} /> : null}
          <div class="actions">
            <AppButton {...props} />
            {connector.consoleUrl ? (
              <a class="button" href={connector.consoleUrl} rel="noreferrer">
                Open the console of {connector.name}
              </a>
            ) : null}
            {again}
          </div>
        </>
      )
    case 'exchange_failed':
      return (
        <div class="actions">
          {again}
          <AppButton {...props} />
        </div>
      )
    case 'other_account':
      return (
        <div class="actions">
          {again}
          <a class="button" href={`/connections/new/${connector.id}`}>
            Connect the other account anew
          </a>
        </div>
      )
    default:
      return <div class="actions">{again}</div>
  }
}

function CallbackUrl({ connector, publicUrl }: Props) {
  return (
    <>
      <p class="label">Callback URL that has to be registered at {connector.name}</p>
      <CopyField value={`${publicUrl}/oauth/callback/${connector.id}`} what="callback URL" />
    </>
  )
}

function AppButton({ member, connector }: Props) {
  if (!may(member.role, 'apps.manage')) return null
  return (
    <a class="button" href={`/connectors/${connector.id}`}>
      Check the OAuth app
    </a>
  )
}
