// For whoever writes a receiver: which events there are, what one carries, how to know that it is genuine.

import { EVENT_CHOICES } from '../webhook-words.ts'
import { CopyField } from './copy-field.tsx'

const BODY = `{
  "type": "connection.reauthorize",
  "timestamp": "2026-11-24T09:00:00.000Z",
  "data": {
    "workspace": "wsp_…",
    "reason": "grant_revoked",
    "connection": { "id": "con_…", "state": "reauthorize", … },
    "reconnect_url": "https://…/connections/con_…"
  }
}`

const VERIFY = `import { Webhook } from 'standardwebhooks'

const event = new Webhook(process.env.EVERGRANT_WEBHOOK_SECRET).verify(body, headers)`

export function WebhookReference() {
  return (
    <>
      <h2 id="webhooks">Webhooks</h2>
      <section class="panel" aria-label="Webhooks">
        <p>
          An admin adds endpoints under Webhooks. Each change of state is sent once to every endpoint that
          wants it; a failed refresh is no change of state.
        </p>
        <ul>
          {EVENT_CHOICES.map(({ type, sentence }) => (
            <li>
              <code>{type}</code> {sentence}
            </li>
          ))}
        </ul>
        <p class="label">What is sent</p>
        <CopyField value={BODY} what="example of an event" block />
        <p>
          <code>connection</code> is as <code>GET /v1/connections/{'{id}'}</code> showed it at that moment.{' '}
          <code>reason</code> is the connection’s own for <code>reauthorize</code>; else{' '}
          <code>reconnected</code>, <code>app_accepted</code>, <code>app_refused</code>,{' '}
          <code>consent_ends_within_14_days</code> (<code>_7_</code>, <code>_1_</code>), <code>deleted</code>{' '}
          or <code>never_connected</code>.
        </p>
        <p class="label">Check the signature</p>
        <WebhookVerification />
        <p>
          Answer any 2xx within 15 seconds. Everything else, a redirect included, is tried again with growing
          pauses for a day; 410 switches the endpoint off. An event may come twice and out of order: its{' '}
          <code>webhook-id</code> stays the same, and <code>timestamp</code> says when it happened.
        </p>
      </section>
    </>
  )
}

export function WebhookVerification() {
  return <CopyField value={VERIFY} what="example" block />
}
