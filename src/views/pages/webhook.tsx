// One webhook endpoint: whether it is on, what it is told, its secret, what was sent, and its end.

import type { FieldError } from '../../domain/failure.ts'
import { ConfirmForm } from '../components/confirm.tsx'
import { DeliveryLog, type DeliveryView } from '../components/delivery-log.tsx'
import { Banner } from '../components/notice.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { Time } from '../components/time.tsx'
import { WebhookForm, type WebhookFormValues } from '../components/webhook-form.tsx'
import { Layout, type PageMember } from '../layout.tsx'
import { answerInWords } from '../webhook-words.ts'
import { EndpointBadge, type EndpointView } from './webhooks.tsx'

interface WebhookProps {
  member: PageMember
  now: number
  endpoint: EndpointView
  entries: DeliveryView[]
  nextCursor: string | null
  /** Id of the event that was sent just now: `?sent=<id>`. */
  sent: string | null
  confirmDelete: boolean
  values?: WebhookFormValues | undefined
  errors?: FieldError[] | undefined
}

export function WebhookPage(props: WebhookProps) {
  const { member, now, endpoint, entries, nextCursor, errors } = props
  const { url, events, disabledAt } = endpoint
  const path = `/settings/webhooks/${endpoint.id}`
  const on = disabledAt === null
  const sent = entries.find(({ eventId }) => eventId === props.sent)
  return (
    <Layout title={new URL(url).host} member={member}>
      <PageHead
        title={new URL(url).host}
        back={{ href: '/settings/webhooks', label: 'Webhooks' }}
        lead={
          <>
            <EndpointBadge endpoint={endpoint} /> {url}
          </>
        }
        actions={<Actions path={path} on={on} />}
      />
      <div class="notices">
        <OffBanner endpoint={endpoint} now={now} />
        {sent ? <SentBanner entry={sent} /> : null}
        {props.confirmDelete ? (
          <ConfirmForm
            title="Delete this endpoint?"
            action={`${path}/delete`}
            label="Delete this endpoint"
            cancelHref={path}
            atTheEdge={false}
          >
            <p>Nothing is sent to it any more, and its log and its secret are gone. It cannot be undone.</p>
          </ConfirmForm>
        ) : null}
      </div>
      <Panel title="Deliveries" id="deliveries">
        <DeliveryLog path={path} entries={entries} nextCursor={nextCursor} on={on} now={now} />
        <p class="hint">
          What fails is tried again with growing pauses for a day. The log goes back 30 days; it keeps nothing
          that the endpoint wrote.
        </p>
      </Panel>
      <Panel title="What it gets" id="settings">
        <WebhookForm action={path} label="Save" values={props.values ?? { url, events }} errors={errors} />
      </Panel>
      <Secret path={path} endpoint={endpoint} now={now} />
      <section class="panel danger" aria-labelledby="danger-title">
        <h2 id="danger-title">Delete</h2>
        <p>The endpoint, its secret and its log.</p>
        <a class="button danger-outline" href={`${path}?confirm=delete#confirm`}>
          Delete
        </a>
      </section>
    </Layout>
  )
}

function Actions({ path, on }: { path: string; on: boolean }) {
  return (
    <>
      {on ? (
        <form method="post" action={`${path}/test`}>
          <button type="submit" class="button primary">
            Send a test event
          </button>
        </form>
      ) : null}
      <form method="post" action={`${path}/${on ? 'disable' : 'enable'}`}>
        <button type="submit" class={on ? 'button' : 'button primary'}>
          {on ? 'Switch off' : 'Switch on'}
        </button>
      </form>
    </>
  )
}

function OffBanner({
  endpoint: { disabledAt, disabledReason },
  now,
}: {
  endpoint: EndpointView
  now: number
}) {
  if (disabledAt === null) return null
  if (disabledReason === 'gone') {
    return (
      <Banner tone="bad" title="The endpoint said that it is gone">
        <p>
          It answered 410 <Time at={disabledAt} now={now} />, so nothing is sent to it any more. Correct the
          address below, or switch it on again if that was a mistake there.
        </p>
      </Banner>
    )
  }
  return (
    <Banner tone="calm" title="Switched off">
      <p>
        Since <Time at={disabledAt} now={now} /> nothing is sent, and what happens meanwhile is not kept for
        later.
      </p>
    </Banner>
  )
}

function SentBanner({ entry: { state, lastAnswer, lastMs } }: { entry: DeliveryView }) {
  if (lastAnswer === null) return null
  const good = state === 'delivered'
  const title = good ? 'The endpoint took it' : 'The endpoint did not take it'
  return (
    <Banner tone={good ? 'good' : 'bad'} title={title}>
      <p>It {answerInWords(lastAnswer, lastMs).replace(/^no answer/, 'gave no answer')}.</p>
    </Banner>
  )
}

function Secret({ path, endpoint, now }: { path: string; endpoint: EndpointView; now: number }) {
  const { oldSecretUntil } = endpoint
  return (
    <Panel title="Signing secret" id="secret">
      {oldSecretUntil === null ? (
        <p>A new secret signs at once; the old one signs beside it for 24 hours.</p>
      ) : (
        <p>
          The old secret signs too; that ends <Time at={oldSecretUntil} now={now} />. Rotating again ends it
          at once.
        </p>
      )}
      <form method="post" action={`${path}/rotate`}>
        <button type="submit" class="button">
          Rotate the secret
        </button>
      </form>
    </Panel>
  )
}
