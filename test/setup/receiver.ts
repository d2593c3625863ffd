// Webhook receivers: each has a name of its own at the bare API, and keeps what it was told.

import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { inject } from 'vitest'
import { EVENT_TYPES } from '../../src/domain/event.ts'
import { deliverWebhooks } from '../../src/services/deliver-webhooks.ts'
import { addEndpoint } from '../../src/services/webhook-endpoints.ts'
import { type Member, testContext } from './harness.ts'

export interface Call {
  method: string
  headers: Record<string, string>
  body: string
}

export interface Receiver {
  endpointId: string
  secret: string
  calls(): Promise<Call[]>
  /** What it was told, checked with the library as a receiver does it. */
  events(secret?: string): Promise<TestEvent[]>
}

export interface TestEvent {
  type: string
  timestamp: string
  data: {
    workspace: string
    reason: string
    connection: Record<string, unknown>
    reconnect_url: string | null
  }
}

const ORIGIN = inject('bareApiOrigin')

/** @param answers what follows in the address, for the bare API: `status=500,200`, `endless`, `header=location=…` */
export function addressOf(name: string, answers = ''): string {
  return `${ORIGIN}/hook?name=${name}${answers ? `&${answers}` : ''}`
}

export async function callsOf(name: string): Promise<Call[]> {
  return (await fetch(`${ORIGIN}/hooks?name=${name}`)).json()
}

export async function receiver(
  member: Member,
  answers = '',
  events: string[] = [...EVENT_TYPES],
): Promise<Receiver> {
  const name = crypto.randomUUID()
  const form = { url: addressOf(name, answers), events }
  const added = await addEndpoint(testContext(), member, form, Date.now())
  if (!added.ok) throw new Error(JSON.stringify(added.error))
  const { endpoint, secret } = added.value
  return {
    endpointId: endpoint.id,
    secret,
    calls: () => callsOf(name),
    async events(signedWith = secret) {
      return (await callsOf(name)).map(
        ({ body, headers }) => new Webhook(signedWith).verify(body, headers) as TestEvent,
      )
    },
  }
}

export function deliver(now = Date.now()): Promise<void> {
  return deliverWebhooks(testContext(), now)
}

export async function deliveriesOf(endpointId: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare(
    'SELECT * FROM webhook_deliveries WHERE endpoint_id = ? ORDER BY at, event_id',
  )
    .bind(endpointId)
    .all()
  return results
}
