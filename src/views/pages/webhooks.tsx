// Webhook endpoints: the list with the form for a new one, and the page that shows a signing secret once.

import { EVENT_TYPES, type EventType } from '../../domain/event.ts'
import type { FieldError } from '../../domain/failure.ts'
import type { DeliveryState, DisabledReason } from '../../domain/webhook.ts'
import { CopyField } from '../components/copy-field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { Badge } from '../components/state.tsx'
import { Time } from '../components/time.tsx'
import { WebhookForm, type WebhookFormValues } from '../components/webhook-form.tsx'
import { WebhookVerification } from '../components/webhook-reference.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'
import { DELIVERY_STATES } from '../webhook-words.ts'

export interface EndpointView {
  id: string
  url: string
  events: EventType[]
  disabledAt: number | null
  disabledReason: DisabledReason | null
  createdAt: number
  /** Until when the secret before the last rotation signs too. */
  oldSecretUntil: number | null
}

interface WebhooksProps {
  member: PageMember
  now: number
  endpoints: (EndpointView & { last: { state: DeliveryState; at: number } | null })[]
  values?: WebhookFormValues | undefined
  errors?: FieldError[] | undefined
}

const BLANK: WebhookFormValues = { url: '', events: [...EVENT_TYPES] }

export function WebhooksPage({ member, now, endpoints, values = BLANK, errors }: WebhooksProps) {
  return (
    <Layout title="Webhooks" member={member} current="settings">
      <PageHead
        title="Webhooks"
        back={{ href: '/settings', label: 'Settings' }}
        lead="Evergrant tells these addresses when the state of a connection changes: once a change, never once a failure."
      />
      {endpoints.length === 0 ? (
        <div class="empty">
          <p class="strong">No endpoint yet.</p>
          <p>Add the first one below. Until then no event is kept.</p>
        </div>
      ) : (
        <table class="rows webhooks">
          <thead>
            <tr>
              <th scope="col">Address</th>
              <th scope="col">Events</th>
              <th scope="col">State</th>
              <th scope="col">Last event</th>
            </tr>
          </thead>
          <tbody>
            {endpoints.map((endpoint) => (
              <Row endpoint={endpoint} now={now} />
            ))}
          </tbody>
        </table>
      )}
      <div class="narrow-left">
        <Panel title="New endpoint" id="new-endpoint">
          <WebhookForm
            action="/settings/webhooks"
            label="Add this endpoint"
            values={values}
            errors={errors}
          />
        </Panel>
      </div>
    </Layout>
  )
}

function Row({ endpoint, now }: { endpoint: WebhooksProps['endpoints'][number]; now: number }) {
  const { id, url, events, last } = endpoint
  return (
    <tr id={`webhook-${id}`} class="row">
      <th scope="row" class="cell-url">
        <a href={`/settings/webhooks/${id}`}>{url}</a>
      </th>
      <td class="cell-events">
        {events.length === EVENT_TYPES.length ? (
          'All events'
        ) : (
          <span title={events.join('\n')}>{plural(events.length, 'event')}</span>
        )}
      </td>
      <td class="cell-state">
        <EndpointBadge endpoint={endpoint} />
      </td>
      <td class="cell-used">
        <span class="cell-label">Last event </span>
        {last ? (
          <>
            {DELIVERY_STATES[last.state].label.toLowerCase()}, <Time at={last.at} now={now} />
          </>
        ) : (
          <span class="quiet">none</span>
        )}
      </td>
    </tr>
  )
}

export function EndpointBadge({ endpoint }: { endpoint: EndpointView }) {
  if (endpoint.disabledAt === null) return <Badge tone="good">On</Badge>
  return <Badge tone={endpoint.disabledReason === 'gone' ? 'bad' : 'calm'}>Off</Badge>
}

interface SecretProps {
  member: PageMember
  endpoint: EndpointView
  /** In clear, for this one page. */
  secret: string
}

export function WebhookSecretPage({ member, endpoint, secret }: SecretProps) {
  const path = `/settings/webhooks/${endpoint.id}`
  return (
    <Layout title="Signing secret" member={member}>
      <div class="narrow">
        <PageHead title="Signing secret" back={{ href: path, label: 'Webhook endpoint' }} />
        <div class="panel">
          <div class="notice warn">
            <p class="strong">Copy it now: it is not shown again.</p>
            <p>With it the receiver checks that a request comes from here and is not an old one.</p>
            {endpoint.oldSecretUntil === null ? null : (
              <p>For 24 hours every request carries a signature of the old secret too.</p>
            )}
          </div>
          <p class="label">{endpoint.url}</p>
          <CopyField value={secret} what="signing secret" />
          <p class="label">Check it in the receiver</p>
          <WebhookVerification />
          <p class="hint">
            The signature follows Standard Webhooks, which has libraries for most languages. Answer 2xx at
            once and work afterwards; an event may come twice, with the same <code>webhook-id</code>.
          </p>
          <p>
            <a class="button primary" href={path}>
              I have copied it
            </a>
          </p>
        </div>
      </div>
    </Layout>
  )
}
