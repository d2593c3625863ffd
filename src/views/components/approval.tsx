// Where an administrator of the service has the say: whom to ask and for what, the link for them, and what the pages mean
// from which nobody comes back.

import type { Connector } from '../../domain/connector.ts'
import { relativeTime } from '../format.ts'
import { type ConnectionProps, connectionPath } from './connection-props.ts'
import { CopyField } from './copy-field.tsx'
import { Panel } from './panel.tsx'

export function ApprovalHelp({ connector, app }: ConnectionProps) {
  const { approval } = connector
  if (!approval)
    return <p>Ask whoever administers {connector.name} in your organisation to allow this app.</p>
  const { who, steps, urlLabel = 'Open the approval page', findByClientId } = approval
  const url = app?.approvalUrl
  return (
    <>
      <p>Ask {who}:</p>
      <ol class="steps">
        {steps.map((step) => (
          <li>{step}</li>
        ))}
      </ol>
      {url ? (
        <>
          <p class="label">{findByClientId ? 'Where' : 'The approval link, to open or to send'}</p>
          <CopyField value={url} what="approval link" />
          <p>
            <a class="button primary" href={url} rel="noreferrer">
              {urlLabel}
            </a>
          </p>
        </>
      ) : null}
      {findByClientId && app ? (
        <>
          <p class="label">Client ID to look for</p>
          <CopyField value={app.clientId} what="client ID" />
        </>
      ) : null}
      <p>
        Then try again here. Or make a link for the administrator, who approves and connects in one go: the
        connection keeps its ID, and acts as the account that is chosen there.
      </p>
    </>
  )
}

/** For somebody without a place in the workspace; the page shows the link once. */
export function LinkForm({ id, label }: { id: string; label: string }) {
  return (
    <form method="post" action={connectionPath(id, 'link')}>
      <button type="submit" class="button">
        {label}
      </button>
    </form>
  )
}

/** Shown once, in the answer of the form. */
export function LinkMade({
  link,
  service,
  now,
}: {
  link: { url: string; expiresAt: number }
  service: string
  now: number
}) {
  return (
    <Panel title="A link for whoever shall connect it" id="link-made">
      <p>
        Send it to one person. They see who asks and for what, sign in at {service} and agree; this connection
        then works under the same ID. It is shown only now.
      </p>
      <CopyField value={link.url} what="connect link" />
      <p class="hint">
        It works once and ends {relativeTime(link.expiresAt, now)}, with the next link, or when you lose your
        role here.
      </p>
    </Panel>
  )
}

interface StuckProps {
  connector: Pick<Connector, 'name' | 'deadEnds' | 'approval'>
  callbackUrl: string
}

/** Some services show an error of their own and send nobody back: what it says there, and what that means. */
export function StuckHelp({ connector, callbackUrl }: StuckProps) {
  const { name, deadEnds = [], approval } = connector
  return (
    <details class="more" id="stuck">
      <summary>If {name} shows an error and you do not come back</summary>
      <dl class="dead-ends">
        {deadEnds.map(({ says, means }) => (
          <div>
            <dt>{says}</dt>
            <dd>{means}</dd>
          </div>
        ))}
        {deadEnds.length > 0 ? null : (
          <>
            <div>
              <dt>The callback or redirect address does not match</dt>
              <dd>The callback URL below is not registered for the OAuth app, exactly as it stands here.</dd>
            </div>
            <div>
              <dt>The app is unknown, blocked, or not approved</dt>
              <dd>
                The client ID is wrong, or {approval?.who ?? 'an administrator of the service'} has to allow
                the app first.
              </dd>
            </div>
          </>
        )}
        <div>
          <dt>Anything else</dt>
          <dd>
            Nothing was changed here. Close that page, come back, and try again; an attempt has ten minutes.
          </dd>
        </div>
      </dl>
      <p class="label">Callback URL</p>
      <CopyField value={callbackUrl} what="callback URL" />
    </details>
  )
}
