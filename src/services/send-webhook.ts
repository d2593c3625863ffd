// One attempt: signs the payload and sends it. No redirect is followed, nothing the endpoint writes is read or kept, and
// the address is checked again each time.

import { Webhook } from 'standardwebhooks'
import { DELIVERY_DEADLINE_MS, webhookUrl } from '../domain/webhook.ts'
import { type EndpointRow, openSecrets } from '../storage/webhook-endpoints.ts'
import type { Context } from './context.ts'

export interface Attempt {
  /** `gone`: the endpoint wants nothing any more. `silent`: it did not answer at all. */
  outcome: 'delivered' | 'failed' | 'gone' | 'silent'
  /** The status, or in one word why there is none. */
  answer: string
  ms: number
}

interface Message {
  id: string
  payload: string
}

export async function sendWebhook(
  { config, vault }: Pick<Context, 'config' | 'vault'>,
  endpoint: EndpointRow,
  message: Message,
  now: number,
  deadlineMs: number = DELIVERY_DEADLINE_MS,
): Promise<Attempt> {
  const url = webhookUrl(endpoint.url, config)
  if (url === undefined) return { outcome: 'failed', answer: 'address_refused', ms: 0 }
  const signatures = await signaturesOf(vault, endpoint, message, now)
  if (!signatures) return { outcome: 'failed', answer: 'secret_unreadable', ms: 0 }
  const started = Date.now()
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Evergrant-Webhooks',
        'Webhook-Id': message.id,
        'Webhook-Timestamp': String(Math.floor(now / 1000)),
        'Webhook-Signature': signatures.join(' '),
      },
      body: message.payload,
    })
    // It may go on for ever, and says nothing that counts.
    await response.body?.cancel().catch(() => undefined)
    return { outcome: outcomeOf(response), answer: String(response.status), ms: Date.now() - started }
  } catch {
    return { outcome: 'silent', answer: signal.aborted ? 'timeout' : 'unreachable', ms: Date.now() - started }
  }
}

function outcomeOf({ ok, status }: Response): Attempt['outcome'] {
  if (ok) return 'delivered'
  return status === 410 ? 'gone' : 'failed'
}

async function signaturesOf(
  vault: Context['vault'],
  endpoint: EndpointRow,
  { id, payload }: Message,
  now: number,
): Promise<string[] | undefined> {
  try {
    const secrets = await openSecrets(vault, endpoint, now)
    return secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), payload))
  } catch {
    return undefined
  }
}
