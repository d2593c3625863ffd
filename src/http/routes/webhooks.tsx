// Webhook endpoints: list, add, change, secret, on and off, test, log and resend.

import type { Failure } from '../../domain/failure.ts'
import type { Result } from '../../lib/result.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import {
  addEndpoint,
  changeEndpoint,
  type Endpoint,
  type EndpointForm,
  findEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateSecret,
  switchOff,
  switchOn,
} from '../../services/webhook-endpoints.ts'
import { readLog, resend, sendTest } from '../../services/webhook-log.ts'
import { WebhookPage } from '../../views/pages/webhook.tsx'
import { WebhookSecretPage, WebhooksPage } from '../../views/pages/webhooks.tsx'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, PageRoute, Route } from '../route.ts'

const LIST = '/settings/webhooks'
const ONE = `${LIST}/:id`

export const webhookRoutes: Route[] = [
  route('GET', LIST, (c, member) => list(c, member)),
  route('POST', LIST, add),
  route('GET', ONE, (c, member) => show(c, member)),
  route('POST', ONE, change),
  route('POST', `${ONE}/rotate`, rotate),
  route('POST', `${ONE}/disable`, (c, member) => act(c, switchOff(...asked(c, member)))),
  route('POST', `${ONE}/enable`, (c, member) => act(c, switchOn(...asked(c, member)))),
  route('POST', `${ONE}/test`, test),
  route('POST', `${ONE}/resend`, again),
  route('POST', `${ONE}/delete`, remove),
]

function route(method: 'GET' | 'POST', path: string, handler: PageRoute['handler']): PageRoute {
  return { kind: 'page', method, path, action: 'webhooks.manage', handler }
}

async function list(
  c: HttpContext,
  member: SignedInMember,
  refused: Pick<Parameters<typeof WebhooksPage>[0], 'values' | 'errors'> = {},
): Promise<Answer> {
  const endpoints = await listEndpoints(c.get('context'), member.workspaceId, c.get('now'))
  const status = refused.errors ? 400 : 200
  return page(
    c,
    <WebhooksPage member={member} now={c.get('now')} endpoints={endpoints} {...refused} />,
    status,
  )
}

async function add(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const values = await readEndpointForm(c)
  const added = await addEndpoint(c.get('context'), member, values, c.get('now'))
  if (added.ok) return showSecret(c, member, added.value)
  if (added.error.code !== 'invalid_request') return added
  return list(c, member, { values, errors: added.error.errors })
}

async function show(
  c: HttpContext,
  member: SignedInMember,
  refused: Pick<Parameters<typeof WebhookPage>[0], 'values' | 'errors'> = {},
): Promise<Answer> {
  const context = c.get('context')
  const found = await findEndpoint(context, member.workspaceId, idOf(c), c.get('now'))
  if (!found.ok) return found
  const log = await readLog(context, found.value.id, c.req.query('cursor') ?? null)
  if (!log.ok) return log
  return page(
    c,
    <WebhookPage
      member={member}
      now={c.get('now')}
      endpoint={found.value}
      {...log.value}
      sent={c.req.query('sent') ?? null}
      confirmDelete={c.req.query('confirm') === 'delete'}
      {...refused}
    />,
    refused.errors ? 400 : 200,
  )
}

async function change(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const values = await readEndpointForm(c)
  const changed = await changeEndpoint(c.get('context'), member, idOf(c), values, c.get('now'))
  if (changed.ok) return c.redirect(pathOf(c), 303)
  if (changed.error.code !== 'invalid_request') return changed
  return show(c, member, { values, errors: changed.error.errors })
}

async function rotate(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const rotated = await rotateSecret(...asked(c, member))
  return rotated.ok ? showSecret(c, member, rotated.value) : rotated
}

function showSecret(
  c: HttpContext,
  member: SignedInMember,
  { endpoint, secret }: { endpoint: Endpoint; secret: string },
): Promise<Response> {
  return page(c, <WebhookSecretPage member={member} endpoint={endpoint} secret={secret} />)
}

async function test(c: HttpContext, member: SignedInMember): Promise<Answer> {
  return told(c, await sendTest(c.get('context'), targetOf(c, member), c.get('now')))
}

async function again(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const eventId = (await readForm(c)).get('event') ?? ''
  return told(c, await resend(c.get('context'), targetOf(c, member), eventId, c.get('now')))
}

async function remove(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const removed = await removeEndpoint(...asked(c, member))
  return removed.ok ? c.redirect(LIST, 303) : removed
}

async function act(c: HttpContext, work: Promise<Result<unknown, Failure>>): Promise<Answer> {
  const done = await work
  return done.ok ? c.redirect(pathOf(c), 303) : done
}

function told(c: HttpContext, sent: Result<{ eventId: string }, Failure>): Answer {
  return sent.ok ? c.redirect(`${pathOf(c)}?sent=${encodeURIComponent(sent.value.eventId)}`, 303) : sent
}

async function readEndpointForm(c: HttpContext): Promise<EndpointForm> {
  const form = await readForm(c)
  return { url: form.get('url') ?? '', events: form.getAll('events') }
}

function asked(c: HttpContext, member: SignedInMember) {
  return [c.get('context'), member, idOf(c), c.get('now')] as const
}

function targetOf(c: HttpContext, { workspaceId }: SignedInMember) {
  return { workspaceId, endpointId: idOf(c) }
}

function idOf(c: HttpContext): string {
  return c.req.param('id') ?? ''
}

function pathOf(c: HttpContext): string {
  return `${LIST}/${encodeURIComponent(idOf(c))}`
}
