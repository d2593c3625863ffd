// The list that people see, what needs attention first, and how much of it there is. Every page is a walk along one
// index: the rank is a column, and what is held (a matter of the OAuth app) is a section of its own.

import { and, eq, gte, lte, not, or, type SQL, sql } from 'drizzle-orm'
import { ATTENTION, HIGHEST, type Need, RANKS, type Rank } from '../domain/attention.ts'
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../lib/bytes.ts'
import { type ConnectionListRow, type ConnectionRow, isOneOf } from './connections.ts'
import type { Database } from './database.ts'
import { connections } from './schema.ts'

/** A refused OAuth app. */
export interface HeldApp {
  owner: string
  connector: string
  since: number
}

export interface AttentionQuery {
  workspaceId: string
  heldApps: HeldApp[]
  need?: Need | undefined
  connector?: string | undefined
  /** The account's id at the service, or its e-mail address. */
  account?: string | undefined
  /** Member or key id. */
  createdBy?: string | undefined
  /** Part of the name, the ID, or the account's address or name; or a connector in `connectorsOfText`. */
  text?: string | undefined
  connectorsOfText?: string[] | undefined
  cursor?: string | undefined
  limit: number
}

/** Ranks from and to, and of which held app; null: of none. */
interface Section {
  name: string
  from: number
  to: number
  app: HeldApp | null
}

interface Position {
  section: string
  attention: number
  createdAt: number
  id: string
}

/** `undefined` for a cursor that is not ours. */
export async function listByAttention(
  db: Database,
  query: AttentionQuery,
): Promise<{ rows: ConnectionListRow[]; nextCursor: string | null } | undefined> {
  const after = query.cursor === undefined ? null : readCursor(query.cursor)
  if (after === undefined) return undefined
  const sections = sectionsOf(query)
  const at = sections.findIndex(({ name }) => name === after?.section)
  // A section that is gone by now was an app that is held no longer: its connections are among the rest again.
  const start = after && at === -1 ? Math.max(0, sections.length - 1) : Math.max(0, at)
  const rows: ConnectionListRow[] = []
  let last: Position | undefined
  for (const [index, section] of sections.slice(start).entries()) {
    const left = query.limit - rows.length
    const found = await rowsOf(db, query, section, index === 0 && at !== -1 ? after : null, left + 1)
    for (const row of found.slice(0, left)) {
      rows.push({ ...row, heldSince: heldSince(row, query.heldApps) })
      last = { ...row, section: section.name }
    }
    if (found.length > left) return { rows, nextCursor: last ? writeCursor(last) : null }
  }
  return { rows, nextCursor: null }
}

/** What needs a reconnect or a choice, or fails, comes first, then what is held, app by app, then the rest. */
function sectionsOf({ need, heldApps }: AttentionQuery): Section[] {
  const [from, to] = need ? RANKS[need] : [ATTENTION.paused, HIGHEST]
  const held = (lowest: number, highest: number) =>
    heldApps.map((app) => ({ name: `${app.owner}/${app.connector}`, from: lowest, to: highest, app }))
  if (need === 'held') return held(from, to)
  if (heldApps.length === 0) return [{ name: 'all', from, to, app: null }]
  const heldFrom = need === 'attention' ? ATTENTION.active : Math.max(from, ATTENTION.active)
  const sections = [
    { name: 'urgent', from: Math.max(from, ATTENTION.failing), to, app: null },
    ...held(heldFrom, Math.min(to, ATTENTION.ending)),
    { name: 'rest', from, to: Math.min(to, ATTENTION.ending), app: null },
  ]
  return sections.filter((section) => section.from <= section.to)
}

function rowsOf(
  db: Database,
  query: AttentionQuery,
  { name, from, to, app }: Section,
  after: Position | null,
  limit: number,
): Promise<ConnectionRow[]> {
  const { workspaceId, connector, account, createdBy, heldApps } = query
  const filters: (SQL | undefined)[] = [
    eq(connections.workspaceId, workspaceId),
    gte(connections.attention, from),
    // One upper bound, or SQLite takes the looser one for its walk along the index.
    after && after.attention <= to ? isBehind(after) : lte(connections.attention, to),
    app ? usesApp(app) : undefined,
    ...(name === 'rest' ? heldApps.map((each) => not(isHeldBy(each))) : []),
    // Without the hint SQLite takes the index that has no connector, for being narrower.
    connector === undefined ? undefined : sql`likelihood(${connections.connector} = ${connector}, 0.01)`,
    createdBy === undefined ? undefined : eq(connections.createdBy, createdBy),
    account === undefined
      ? undefined
      : or(eq(connections.accountId, account), isText(connections.accountEmail, account)),
    matches(query),
  ]
  return db
    .select()
    .from(connections)
    .where(and(...filters))
    .orderBy(
      sql`${connections.attention} desc`,
      sql`${connections.createdAt} desc`,
      sql`${connections.id} desc`,
    )
    .limit(limit)
}

const ID_START = 'con_'

function isBehind({ attention, createdAt, id }: Position): SQL {
  return sql`(${connections.attention}, ${connections.createdAt}, ${connections.id}) < (${attention}, ${createdAt}, ${id})`
}

type Column = typeof connections.name | typeof connections.accountEmail | typeof connections.id

function matches({ text, connectorsOfText }: AttentionQuery): SQL | undefined {
  if (!text) return undefined
  return or(
    contains(connections.name, text),
    contains(connections.accountEmail, text),
    contains(connections.accountName, text),
    text.toLowerCase().startsWith(ID_START) ? contains(connections.id, text) : undefined,
    connectorsOfText?.length ? isOneOf(connections.connector, connectorsOfText) : undefined,
  )
}

/** Not LIKE: D1 takes no pattern over 50 bytes. The case of ASCII letters does not count, as there. */
function contains(column: Column | typeof connections.accountName, text: string): SQL {
  return sql`instr(lower(${column}), lower(${text})) > 0`
}

function isText(column: Column, text: string): SQL {
  return sql`lower(${column}) = lower(${text})`
}

function usesApp({ owner, connector }: HeldApp): SQL {
  return sql`(${connections.appOwner} = ${owner} and ${connections.appConnector} = ${connector})`
}

/** What is shown in the section of the app. */
function isHeldBy(app: HeldApp): SQL {
  return sql`(${usesApp(app)} and ${connections.attention} >= ${ATTENTION.active})`
}

function heldSince(row: ConnectionRow, apps: HeldApp[]): number | null {
  const app = apps.find(({ owner, connector }) => owner === row.appOwner && connector === row.appConnector)
  return app?.since ?? null
}

/** Counting ends here: more is told as "and more". */
export const COUNTED_UP_TO = 1_000

export interface AttentionCounts {
  reauthorize: number
  deciding: number
  failing: number
  ending: number
}

/** How much needs attention, in one query along the index: it reads what it counts. */
export async function countAttention(db: Database, workspaceId: string): Promise<AttentionCounts> {
  const ofRank = (rank: number) => sql`(select count(*) from (
    select 1 from ${connections} where workspace_id = ${workspaceId} and attention = ${rank} limit ${COUNTED_UP_TO}))`
  const [row] = await db.all<AttentionCounts>(sql`select
    ${ofRank(ATTENTION.reauthorize)} as reauthorize,
    ${ofRank(ATTENTION.deciding)} as deciding,
    ${ofRank(ATTENTION.failing)} as failing,
    ${ofRank(ATTENTION.ending)} as ending`)
  return row ?? { reauthorize: 0, deciding: 0, failing: 0, ending: 0 }
}

/** Connections of the workspace that a refused app holds. */
export async function countHeld(db: Database, workspaceId: string, app: HeldApp): Promise<number> {
  const [from, to] = RANKS.held
  const [row] = await db.all<{ total: number }>(sql`select count(*) as total from (
    select 1 from ${connections}
    where app_owner = ${app.owner} and app_connector = ${app.connector} and workspace_id = ${workspaceId}
      and attention between ${from} and ${to}
    limit ${COUNTED_UP_TO})`)
  return row?.total ?? 0
}

/** With the rank by its name: a cursor may outlive a version, and the numbers move when a rank is added. */
function writeCursor({ section, attention, createdAt, id }: Position): string {
  const rank = Object.entries(ATTENTION).find(([, each]) => each === attention)?.[0]
  return toBase64Url(utf8(`${section} ${rank} ${createdAt} ${id}`))
}

/** The numbers that cursors of before stand for. */
const NUMBERED: Rank[] = ['paused', 'pending', 'active', 'ending', 'failing', 'reauthorize']

function readCursor(cursor: string): Position | undefined {
  const bytes = fromBase64Url(cursor)
  const match = /^(\S{1,200}) ([a-z]{1,20}|[0-5]) (\d{1,15}) (con_[0-9a-z]{26})$/.exec(
    (bytes && fromUtf8(bytes)) ?? '',
  )
  if (!match) return undefined
  const [, section = '', rank = '', createdAt, id = ''] = match
  const name = NUMBERED[Number(rank)] ?? rank
  if (!isRank(name)) return undefined
  return { section, attention: ATTENTION[name], createdAt: Number(createdAt), id }
}

function isRank(name: string): name is Rank {
  return Object.hasOwn(ATTENTION, name)
}
