// What one person outside the workspace sees of a connect link: who asks, for which service and access; then how it ended.

import type { Notice } from '../../domain/record.ts'
import { Layout } from '../layout.tsx'

interface ConnectLinkProps {
  workspaceName: string
  /** Name of the key or member that asks. */
  requester: string
  connectorName: string
  scopes: { scope: string; title: string; sensitive: boolean }[]
  expectedAccount: string | null
  /** Address of the link itself: the form goes there. */
  action: string
}

export function ConnectLinkPage(props: ConnectLinkProps) {
  const { workspaceName, requester, connectorName, scopes, expectedAccount, action } = props
  return (
    <Layout title={`Connect ${connectorName}`}>
      <div class="narrow panel">
        <h1>Connect your {connectorName} account</h1>
        <p>
          <span class="strong">{workspaceName}</span> asks for access to your {connectorName} account, through{' '}
          <span class="strong">{requester}</span>.
        </p>
        {expectedAccount === null ? null : (
          <p>
            It has to be the account <span class="strong">{expectedAccount}</span>. Another one is not
            accepted.
          </p>
        )}
        <p class="label">It will be able to</p>
        <ul>
          {scopes.map(({ scope, title, sensitive }) => (
            <li>
              {title} {title === scope ? null : <code class="quiet">{scope}</code>}
              {sensitive ? <span class="note"> (sensitive)</span> : null}
            </li>
          ))}
        </ul>
        <form method="post" action={action} class="actions">
          <button type="submit" class="button primary">
            Continue to {connectorName}
          </button>
        </form>
        <p class="hint">
          You sign in and agree at {connectorName} itself. Evergrant never sees your password, and you can
          take the access away at {connectorName} at any time. If you do not know who asks, close this page.
        </p>
      </div>
    </Layout>
  )
}

/** As it travels to the page in a sealed cookie. */
export interface ConnectOutcome {
  connectorName: string
  account: string | null
  kind: Notice['kind']
}

const ENDINGS: Record<Notice['kind'], { title: string; text: string }> = {
  connected: { title: 'You are done', text: 'The account is connected. You can close this page.' },
  reconnected: { title: 'You are done', text: 'The account is connected again. You can close this page.' },
  fewer_permissions: {
    title: 'You are done',
    text: 'The account is connected, with less access than was asked for. You can close this page.',
  },
  declined: {
    title: 'Nothing was connected',
    text: 'You did not agree at the service. If you change your mind, open the link once more.',
  },
  refused_by_service: {
    title: 'Nothing was connected',
    text: 'The service refused. Tell whoever sent you the link.',
  },
  approval_required: {
    title: 'An administrator has to approve this first',
    text: 'Your own consent is not enough at the service. Ask its administrator to approve the app, or send them this link; then open it once more.',
  },
  scope_refused: {
    title: 'Nothing was connected',
    text: 'The service refuses one of the permissions. Tell whoever sent you the link.',
  },
  other_account: {
    title: 'This was another account',
    text: 'The link is for another account than the one you used, so nothing was changed. Open the link once more and choose that account.',
  },
  account_unknown: {
    title: 'Nothing was connected',
    text: 'The service did not say which account this is. Open the link once more and try again.',
  },
  exchange_failed: {
    title: 'Nothing was connected',
    text: 'The service did not finish. Open the link once more and try again.',
  },
  app_refused: {
    title: 'Nothing was connected',
    text: 'The service does not accept the set-up of this workspace. Tell whoever sent you the link.',
  },
  provider_unavailable: {
    title: 'Nothing was connected',
    text: 'The service does not answer at the moment. Open the link once more in a few minutes.',
  },
}

export function ConnectDonePage({ outcome }: { outcome: ConnectOutcome | null }) {
  if (!outcome) {
    return (
      <Layout title="Nothing to see here">
        <div class="narrow panel message">
          <h1>Nothing to see here</h1>
          <p>This page tells how a connect link ended, once and in the browser that used it.</p>
        </div>
      </Layout>
    )
  }
  const { title, text } = ENDINGS[outcome.kind]
  return (
    <Layout title={title}>
      <div class="narrow panel message">
        <h1>{title}</h1>
        <p>{text}</p>
        <p class="quoted">
          {outcome.connectorName}
          {outcome.account === null ? null : `: ${outcome.account}`}
        </p>
      </div>
    </Layout>
  )
}
