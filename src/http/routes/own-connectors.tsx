// A workspace's own connectors for people: found, imported or written, looked through in a form, changed, exported,
// deleted.

import { atFields } from '../../domain/definition-errors.ts'
import { type FormValues, formOf, jsonOf } from '../../domain/definition-form.ts'
import type { FieldError } from '../../domain/failure.ts'
import { isOwnId, suggestedId } from '../../domain/own-connector.ts'
import { parseObject } from '../../lib/json.ts'
import {
  deleteConnector,
  discoverConnector,
  exportConnector,
  findOwnConnector,
  hostsMove,
  type OwnConnector,
  saveConnector,
} from '../../services/custom-connectors.ts'
import type { SignedInMember } from '../../services/sessions.ts'
import { AddConnectorPage, type AddConnectorValues } from '../../views/pages/add-connector.tsx'
import { DefinitionPage, type HostsMove } from '../../views/pages/definition.tsx'
import type { HttpContext } from '../env.ts'
import { readFileForm, readForm } from '../form.ts'
import { page } from '../page.ts'
import type { Answer, Route } from '../route.ts'

/** `/connectors/new` stands before `/connectors/:id`. */
export const ownConnectorRoutes: Route[] = [
  {
    kind: 'page',
    method: 'GET',
    path: '/connectors/new',
    action: 'apps.manage',
    handler: (c, member) => add(c, member),
  },
  { kind: 'page', method: 'POST', path: '/connectors/new/issuer', action: 'apps.manage', handler: discover },
  {
    kind: 'page',
    method: 'POST',
    path: '/connectors/new/import',
    action: 'apps.manage',
    handler: importJson,
  },
  { kind: 'page', method: 'GET', path: '/connectors/new/form', action: 'apps.manage', handler: begin },
  { kind: 'page', method: 'POST', path: '/connectors', action: 'apps.manage', handler: create },
  { kind: 'page', method: 'GET', path: '/connectors/:id/definition', action: 'apps.manage', handler: edit },
  {
    kind: 'page',
    method: 'POST',
    path: '/connectors/:id/definition',
    action: 'apps.manage',
    handler: change,
  },
  { kind: 'page', method: 'GET', path: '/connectors/:id/export', action: 'apps.manage', handler: download },
  { kind: 'page', method: 'POST', path: '/connectors/:id/delete', action: 'apps.manage', handler: remove },
]

function add(
  c: HttpContext,
  member: SignedInMember,
  again: { values?: AddConnectorValues; errors?: FieldError[] } = {},
): Promise<Response> {
  return page(c, <AddConnectorPage member={member} {...again} />, again.errors ? 400 : 200)
}

async function discover(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const issuer = (await readForm(c)).get('issuer')?.trim() ?? ''
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : ''
  const named = suggestedId(host)
  // A host that leaves nothing for an id says nothing else either: the issuer is refused for itself.
  const id = isOwnId(named) ? named : 'own-service'
  const found = await discoverConnector(c.get('context'), issuer, { id })
  if (found.ok) return look(c, member, formOf(found.value), { origin: 'issuer' })
  if (found.error.code !== 'invalid_request') return found
  return add(c, member, { values: { issuer, json: '' }, errors: found.error.errors })
}

async function importJson(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const form = await readFileForm(c)
  const json = form.get('file')?.trim() || (form.get('json') ?? '')
  const value = parseObject(json)
  if (!value) {
    const message = 'This is not a JSON object: look at its quotes, commas and braces.'
    return add(c, member, { values: { issuer: '', json }, errors: [{ path: 'json', message }] })
  }
  const values = formOf(value)
  return look(
    c,
    member,
    { ...values, id: isOwnId(values.id ?? '') ? (values.id ?? '') : suggestedId(values.name ?? '') },
    { origin: 'json' },
  )
}

/** Empty, or with a copy of a connector: `?from=gmail`. */
async function begin(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const from = c.req.query('from')
  if (from === undefined)
    return look(c, member, { pkce: 'S256', rotation: 'once', replay_seconds: '5', id: 'own-' })
  const copy = await exportConnector(c.get('context'), member.workspaceId, from)
  if (!copy.ok) return copy
  const id = isOwnId(from) ? `${from}-copy`.slice(0, 64) : copy.value.id
  return look(c, member, { ...formOf(JSON.parse(JSON.stringify(copy.value))), id }, { origin: 'copy' })
}

async function create(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const values = Object.fromEntries(await readForm(c))
  const id = (values.id ?? '').trim()
  const context = c.get('context')
  const json = jsonOf(values)
  if (!json.ok) return look(c, member, values, { errors: json.error })
  if ((await findOwnConnector(context, member.workspaceId, id)).ok) {
    const message = 'There is a connector of this ID. Choose another, or change that one.'
    return look(c, member, values, { errors: [{ path: 'id', message }] })
  }
  const saved = await saveConnector(context, member, id, json.value, c.get('now'))
  if (saved.ok) return c.redirect(`/connectors/${id}`, 303)
  if (saved.error.code !== 'invalid_request') return saved
  return look(c, member, values, { errors: atFields(saved.error.errors, values) })
}

async function edit(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const own = await findOwnConnector(c.get('context'), member.workspaceId, c.req.param('id') ?? '')
  return own.ok ? look(c, member, formOf({ ...own.value.definition }), { existing: own.value }) : own
}

async function change(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const context = c.get('context')
  const id = c.req.param('id') ?? ''
  const own = await findOwnConnector(context, member.workspaceId, id)
  if (!own.ok) return own
  const existing = own.value
  const values: FormValues = { ...Object.fromEntries(await readForm(c)), id }
  const version = Number(values.version)
  const json = jsonOf(values)
  if (!json.ok) return look(c, member, values, { existing, errors: json.error })
  const move = hostsMove(existing, json.value, context)
  if (move && version === existing.version && values.hosts !== 'confirmed') {
    return look(c, member, values, { existing, move: { ...move, connections: existing.connections } })
  }
  const saved = await saveConnector(context, member, id, json.value, c.get('now'), version)
  if (saved.ok) return c.redirect(`/connectors/${id}?saved=${move ? 'hosts' : 'connector'}`, 303)
  if (saved.error.code !== 'invalid_request') return saved
  return look(c, member, values, { existing, errors: atFields(saved.error.errors, values) })
}

async function download(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const found = await exportConnector(c.get('context'), member.workspaceId, c.req.param('id') ?? '')
  if (!found.ok) return found
  c.header('Content-Disposition', `attachment; filename="${found.value.id}.json"`)
  c.header('Content-Type', 'application/json; charset=utf-8')
  return c.body(`${JSON.stringify(found.value, null, 2)}\n`)
}

async function remove(c: HttpContext, member: SignedInMember): Promise<Answer> {
  const deleted = await deleteConnector(c.get('context'), member, c.req.param('id') ?? '', c.get('now'))
  return deleted.ok ? c.redirect('/connectors', 303) : deleted
}

function look(
  c: HttpContext,
  member: SignedInMember,
  values: FormValues,
  {
    existing,
    ...more
  }: {
    existing?: OwnConnector
    origin?: 'issuer' | 'json' | 'copy'
    errors?: FieldError[]
    move?: HostsMove
  } = {},
): Promise<Response> {
  const known = existing && {
    id: existing.definition.id,
    name: existing.definition.name,
    version: existing.version,
    connections: existing.connections,
  }
  const status = more.errors ? 400 : more.move ? 409 : 200
  return page(
    c,
    <DefinitionPage member={member} existing={known ?? null} values={values} {...more} />,
    status,
  )
}
