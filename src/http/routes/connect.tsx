// Connecting: catalog, set-up, the way out to the service, and the callback back from it.

import { searchConnectors } from '../../domain/catalog-search.ts'
import type { Failure } from '../../domain/failure.ts'
import { may } from '../../domain/roles.ts'
import { err } from '../../lib/result.ts'
import { createConnection } from '../../services/connect-links.ts'
import { countConnections } from '../../services/count-connections.ts'
import { connectorsOfApp } from '../../services/find-connector.ts'
import {
  type CallbackResult,
  finishAuthorization,
  type Refusal,
} from '../../services/finish-authorization.ts'
import { OUTCOME_LIFE_MS, sealLinkOutcome } from '../../services/link-outcome.ts'
import { findConnectorWithApp, listConnectorsWithApps } from '../../services/oauth-apps.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import {
  type StartedAuthorization,
  startConnection,
  startReconnect,
} from '../../services/start-authorization.ts'
import { ReconnectForm } from '../../views/components/connection-actions.tsx'
import { CatalogPage } from '../../views/pages/catalog.tsx'
import { LinkMadePage } from '../../views/pages/link-made.tsx'
import { MessagePage } from '../../views/pages/message.tsx'
import { SetUpPage } from '../../views/pages/set-up.tsx'
import { explainCallback } from '../callback-words.ts'
import { FLOW_COOKIE_SECONDS, flowCookie, setConnectDoneCookie, setFlowCookie } from '../cookies.ts'
import type { HttpContext } from '../env.ts'
import { paramsOf, readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'
import { tellWebhooks } from '../tell-webhooks.ts'
import { visitorOf } from '../visitor.ts'

export const connectRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/connections/new',
    action: 'connections.manage',
    handler: showCatalog,
  },
  {
    kind: 'page',
    method: 'GET',
    path: '/connections/new/:connector',
    action: 'connections.manage',
    connectForm: true,
    handler: (c, member) => setUp(c, member, c.req.param('connector') ?? ''),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections',
    action: 'connections.manage',
    connectForm: true,
    handler: connect,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/link',
    action: 'connections.manage',
    connectForm: true,
    handler: async (c, member) => makeLink(c, member, await readSetUp(c)),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/reconnect',
    action: 'connections.manage',
    connectForm: true,
    handler: reconnect,
  },
  {
    kind: 'open',
    method: 'GET',
    path: '/oauth/callback/:connector',
    secretAddress: true,
    connectForm: true,
    handler: callback,
  },
]

async function showCatalog(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const counts = await countConnections(context, member.workspaceId)
  const connectors = await listConnectorsWithApps(context, member.workspaceId)
  const q = c.req.query('q')?.trim() || null
  const wanted = connectors.map(({ connector }) => connector).filter(searchConnectors(q ?? ''))
  return page(
    c,
    <CatalogPage
      member={member}
      connectors={wanted.map((connector) => ({
        ...connector,
        connectionCount: counts.get(connector.id) ?? 0,
      }))}
      query={{ q }}
    />,
  )
}

async function setUp(
  c: HttpContext,
  member: SignedInMember,
  connectorId: string,
  again: Pick<Parameters<typeof SetUpPage>[0], 'errors' | 'values' | 'selectedTools'> = {},
): Promise<Answer> {
  const context = c.get('context')
  const found = await findConnectorWithApp(context, member.workspaceId, connectorId)
  if (!found.ok) return found
  const { connector, app } = found.value
  const counts = await countConnections(context, member.workspaceId)
  const family = connectorsOfApp(connector).map((id) => counts.get(id) ?? 0)
  return page(
    c,
    <SetUpPage
      member={member}
      connector={connector}
      app={app ? { configured: true, owner: app.owner } : { configured: false }}
      callbackUrl={callbackUrl(c, connector.id)}
      alreadyConnected={family.reduce((sum, count) => sum + count, 0)}
      {...again}
    />,
    again.errors ? 400 : 200,
  )
}

type SetUp = Awaited<ReturnType<typeof readSetUp>>

/** The form of the set-up page. */
async function readSetUp(c: HttpContext) {
  const form = await readForm(c)
  return {
    connector: form.get('connector') ?? '',
    name: form.get('name')?.trim() ?? '',
    tools: form.getAll('tools'),
    params: paramsOf(form),
    expected: form.get('expected')?.trim() ?? '',
  }
}

async function connect(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const ask = await readSetUp(c)
  // Enter in the field for somebody else's account sends the form here.
  if (ask.expected !== '') return makeLink(c, member, ask)
  const started = await startConnection(c.get('context'), member, ask, flowCookie(c), c.get('now'))
  if (started.ok) return leave(c, started.value)
  return askAgain(c, member, ask, started.error)
}

/** What the form was wrong about, or first the OAuth app. */
async function askAgain(c: HttpContext, member: SignedInMember, ask: SetUp, error: Failure): Promise<Answer> {
  if (error.code === 'app_not_configured') return setUp(c, member, ask.connector)
  if (error.code !== 'invalid_request') return err(error)
  const { name, params, expected, tools } = ask
  const values = { name, params, expected }
  return setUp(c, member, ask.connector, { errors: error.errors, values, selectedTools: tools })
}

/** The link is in this answer and nowhere else. */
async function makeLink(c: HttpContext, member: SignedInMember, ask: SetUp): Promise<Answer> {
  const { connector, name, tools, params, expected } = ask
  const wanted = {
    connector,
    tools,
    params,
    ...(name === '' ? {} : { name }),
    ...(expected === '' ? {} : { login_hint: expected }),
  }
  const context = c.get('context')
  const made = await createConnection(context, { ...member, connectionIds: null }, wanted, c.get('now'))
  if (!made.ok) return askAgain(c, member, ask, made.error)
  const { connection, link } = made.value
  const found = await findConnectorWithApp(context, member.workspaceId, connector)
  return page(
    c,
    <LinkMadePage
      member={member}
      now={c.get('now')}
      connectorName={found.ok ? found.value.connector.name : connector}
      connection={connection}
      url={link.authorizeUrl}
      expiresAt={link.expiresAt}
      expectedAccount={expected || null}
    />,
  )
}

async function reconnect(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const id = c.req.param('id') ?? ''
  const started = await startReconnect(c.get('context'), member, id, flowCookie(c), c.get('now'))
  return started.ok ? leave(c, started.value) : started
}

function leave(c: HttpContext, started: StartedAuthorization): Response {
  setFlowCookie(c, started.flowCookie, FLOW_COOKIE_SECONDS)
  return c.redirect(started.authorizeUrl, 303)
}

async function callback(c: HttpContext): Promise<Answer> {
  const context = c.get('context')
  const now = c.get('now')
  const visitor = await visitorOf(c)
  const member = visitor.ok ? visitor.value : undefined
  const result = await finishAuthorization(
    context,
    member,
    {
      connector: c.req.param('connector') ?? '',
      query: new URL(c.req.url).search.slice(1),
      flowCookie: flowCookie(c),
    },
    now,
  )
  if (result.kind === 'finished') {
    if (member) tellWebhooks(c, member.workspaceId)
    return c.redirect(`/connections/${result.connectionId}`, 303)
  }
  if (result.kind === 'link_finished') {
    tellWebhooks(c, result.workspaceId)
    setConnectDoneCookie(c, await sealLinkOutcome(context, result, now), OUTCOME_LIFE_MS / 1000)
    return c.redirect('/connect/done', 303)
  }
  if (result.kind === 'approval_returned') return tellApproval(c, result, member)
  return refuse(c, result, member)
}

function tellApproval(
  c: HttpContext,
  { connectorName, approved }: Extract<CallbackResult, { kind: 'approval_returned' }>,
  member: SignedInMember | undefined,
): Promise<Response> {
  const next = member ? 'Go back to the connection and try again.' : 'Tell whoever sent you the link.'
  const [title, text] = approved
    ? [
        'The app is approved',
        `${connectorName} says that people of your organisation may connect it now. Nothing was connected by this yet.`,
      ]
    : [
        'The app was not approved',
        `${connectorName} says that the approval was not given. Nothing was changed.`,
      ]
  return page(
    c,
    <MessagePage
      title={title}
      text={`${text} ${next}`}
      member={member}
      {...(member && { action: { href: '/connections', label: 'Go to connections' } })}
    />,
  )
}

function refuse(
  c: HttpContext,
  result: Extract<CallbackResult, { kind: 'refused' }>,
  member: SignedInMember | undefined,
): Promise<Response> {
  const { status, title, text } = explainCallback(result.why satisfies Refusal)
  if (result.byLink) return page(c, <MessagePage title={title} text={text} />, status)
  const action =
    result.why === 'signed_out'
      ? { href: '/sign-in', label: 'Sign in' }
      : result.connectionId
        ? { href: `/connections/${result.connectionId}`, label: 'Go to the connection' }
        : { href: '/connections', label: 'Go to connections' }
  const again =
    result.connectionId && member && may(member.role, 'connections.manage') && STARTS_AGAIN.has(result.why)
  return page(
    c,
    <MessagePage title={title} text={text} action={action} member={member}>
      {again ? <ReconnectForm id={result.connectionId ?? ''} label="Start again" primary /> : null}
    </MessagePage>,
    status,
  )
}

/** A new attempt is the way on; of somebody else's, or a connection that is gone, there is none. */
const STARTS_AGAIN: ReadonlySet<Refusal> = new Set([
  'malformed',
  'expired',
  'replayed',
  'other_browser',
  'other_connector',
  'unavailable',
])

function callbackUrl(c: HttpContext, connectorId: string): string {
  return `${c.get('context').config.publicUrl}/oauth/callback/${connectorId}`
}
