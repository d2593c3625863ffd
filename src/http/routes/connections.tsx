// The pages of connections: list, catalog, set-up, one connection, and what an admin does with it.

import { NEEDS } from '../../domain/attention.ts'
import type { Connector } from '../../domain/connector.ts'
import type { Failure } from '../../domain/failure.ts'
import { fillUrl } from '../../domain/params.ts'
import type { ConnectionDetail } from '../../domain/snapshot.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import {
  refreshConnection,
  renameConnection,
  setConnectionPaused,
  type Target,
  testConnection,
} from '../../services/change-connection.ts'
import { createLinkByMember } from '../../services/connect-links.ts'
import { describeConnection } from '../../services/describe-connection.ts'
import { listConnectors } from '../../services/find-connector.ts'
import { findTrouble } from '../../services/find-trouble.ts'
import { findHolder, findTwin } from '../../services/find-twin.ts'
import { listForPeople } from '../../services/list-connections.ts'
import { listMakers } from '../../services/list-makers.ts'
import { type AppSummary, findConnectorWithApp } from '../../services/oauth-apps.ts'
import { removeConnection, siblingsOf } from '../../services/remove-connection.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { settleAccount } from '../../services/settle-account.ts'
import { whoUses } from '../../services/who-uses.ts'
import { ConnectionLive, ConnectionPage } from '../../views/pages/connection.tsx'
import { ConnectionsPage } from '../../views/pages/connections.tsx'
import { DeletedPage } from '../../views/pages/deleted.tsx'
import { permissionSentence } from '../../views/permission-words.ts'
import type { HttpContext } from '../env.ts'
import { readForm } from '../form.ts'
import { page, partial } from '../page.ts'
import type { Answer, Route } from '../route.ts'
import { tellWebhooks } from '../tell-webhooks.ts'

const PAGE_SIZE = 50

export const connectionRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/connections',
    action: 'connections.read',
    handler: list,
  },
  {
    kind: 'page',
    method: 'GET',
    path: '/connections/:id',
    action: 'connections.read',
    connectForm: true,
    handler: show,
  },
  {
    kind: 'page',
    method: 'GET',
    path: '/connections/:id/live',
    action: 'connections.read',
    connectForm: true,
    handler: showLive,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/name',
    action: 'connections.manage',
    connectForm: true,
    handler: rename,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/refresh',
    action: 'connections.manage',
    handler: refresh,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/test',
    action: 'connections.test',
    handler: (c, member) =>
      act(c, testConnection(c.get('context'), target(c, member), c.get('now')), '#test'),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/pause',
    action: 'connections.manage',
    handler: (c, member) =>
      act(c, setConnectionPaused(c.get('context'), target(c, member), true, c.get('now'))),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/resume',
    action: 'connections.manage',
    handler: (c, member) =>
      act(c, setConnectionPaused(c.get('context'), target(c, member), false, c.get('now'))),
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/account',
    action: 'connections.manage',
    handler: settle,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/link',
    action: 'connections.manage',
    connectForm: true,
    handler: makeLink,
  },
  {
    kind: 'page',
    method: 'POST',
    path: '/connections/:id/delete',
    action: 'connections.manage',
    handler: remove,
  },
]

async function list(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const state = c.req.query('state')
  const query = {
    q: textOf(c, 'q'),
    state: NEEDS.find((need) => need === state) ?? null,
    connector: textOf(c, 'connector'),
    by: textOf(c, 'by'),
    account: textOf(c, 'account'),
  }
  const cursor = textOf(c, 'cursor')
  const connectors = await listConnectors(context, member.workspaceId)
  const [found, trouble, makers] = await Promise.all([
    listForPeople(
      context,
      {
        workspaceId: member.workspaceId,
        connectors,
        text: query.q ?? undefined,
        need: query.state ?? undefined,
        connector: query.connector ?? undefined,
        createdBy: query.by ?? undefined,
        account: query.account ?? undefined,
        cursor: cursor ?? undefined,
        limit: PAGE_SIZE,
      },
      c.get('now'),
    ),
    findTrouble(context, member.workspaceId, connectors),
    listMakers(context, member),
  ])
  if (!found.ok) return found
  const byId = new Map(connectors.map((connector) => [connector.id, connector]))
  const lacking = found.value.connections.flatMap((connection) => {
    const connector = byId.get(connection.connector)
    const sentence = connector && permissionSentence(connector, connection)
    return sentence ? [[connection.id, sentence] as const] : []
  })
  return page(
    c,
    <ConnectionsPage
      member={member}
      now={c.get('now')}
      connections={found.value.connections}
      icons={Object.fromEntries(connectors.map(({ id, icon }) => [id, icon]))}
      lacking={Object.fromEntries(lacking)}
      connectorNames={Object.fromEntries(connectors.map(({ id, name }) => [id, name]))}
      makers={makers}
      trouble={trouble}
      query={query}
      later={cursor !== null}
      nextCursor={found.value.nextCursor}
    />,
  )
}

function textOf(c: HttpContext, name: string): string | null {
  return c.req.query(name)?.trim() || null
}

async function show(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const props = await connectionProps(c, member)
  return props.ok ? page(c, <ConnectionPage {...props.value} />) : props
}

async function showLive(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const props = await connectionProps(c, member)
  return props.ok ? partial(c, <ConnectionLive {...props.value} />) : props
}

async function rename(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const form = await readForm(c)
  const context = c.get('context')
  const values = { name: form.get('name') ?? '' }
  const renamed = await renameConnection(context, target(c, member), values.name, c.get('now'))
  if (renamed.ok) return c.redirect(pathOf(c), 303)
  if (renamed.error.code !== 'invalid_request') return renamed
  const props = await connectionProps(c, member)
  if (!props.ok) return props
  return page(c, <ConnectionPage {...props.value} values={values} errors={renamed.error.errors} />, 400)
}

async function refresh(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const done = await act(c, refreshConnection(c.get('context'), target(c, member), c.get('now')))
  tellWebhooks(c, member.workspaceId)
  return done
}

/** @param part of the page to show the outcome in */
async function act(
  c: HttpContext,
  work: Promise<Result<ConnectionDetail, Failure>>,
  part = '',
): Promise<Answer> {
  const done = await work
  // What the page shows of the state says why: a refresh that failed, a connection that has to be reconnected.
  const told = done.ok || done.error.code === 'reauthorization_required'
  return told ? c.redirect(pathOf(c) + part, 303) : done
}

async function settle(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const form = await readForm(c)
  const choice = form.get('choice')
  if (choice !== 'keep' && choice !== 'switch') {
    return err({ code: 'invalid_request', errors: [{ path: 'choice', message: 'Use keep or switch.' }] })
  }
  const answer = { parkedId: form.get('parked') ?? '', choice } as const
  const settled = await settleAccount(c.get('context'), target(c, member), answer, c.get('now'))
  return settled.ok ? c.redirect(pathOf(c), 303) : settled
}

async function remove(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const removed = await removeConnection(c.get('context'), target(c, member), c.get('now'))
  if (!removed.ok) return removed
  tellWebhooks(c, member.workspaceId)
  return page(c, <DeletedPage member={member} {...removed.value} />)
}

/** The link is in this answer and nowhere else. */
async function makeLink(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const id = c.req.param('id') ?? ''
  const made = await createLinkByMember(c.get('context'), member, id, c.get('now'))
  if (!made.ok) return made
  const props = await connectionProps(c, member)
  if (!props.ok) return props
  const link = { url: made.value.authorizeUrl, expiresAt: made.value.expiresAt }
  return page(c, <ConnectionPage {...props.value} link={link} />)
}

async function connectionProps(c: HttpContext, member: SignedInMember) {
  const context = c.get('context')
  const found = await describeConnection(context, member.workspaceId, c.req.param('id') ?? '')
  if (!found.ok) return found
  const connection = found.value
  const withApp = await findConnectorWithApp(context, member.workspaceId, connection.connector)
  if (!withApp.ok) return withApp
  const { connector, app } = withApp.value
  return ok({
    member,
    now: c.get('now'),
    connection,
    connector,
    publicUrl: context.config.publicUrl,
    confirmDelete: c.req.query('confirm') === 'delete',
    siblings: (await siblingsOf(context, connection)).here,
    twin: await findTwin(context, connection, c.get('now')),
    holder: await findHolder(context, connection),
    app: appOf(connector, app),
    whoUses: await whoUses(context, connection, c.get('now')),
  })
}

function appOf(connector: Connector, app: AppSummary | null) {
  if (!app) return null
  const { clientId, params } = app
  const approvalUrl =
    fillUrl(connector.approval?.url ?? '', connector, { ...params, client_id: clientId }) ?? null
  return { clientId, approvalUrl }
}

function target(c: HttpContext, member: SignedInMember): Target {
  return { workspaceId: member.workspaceId, connectionId: c.req.param('id') ?? '', actor: member.id }
}

function pathOf(c: HttpContext): string {
  return `/connections/${c.req.param('id')}`
}
