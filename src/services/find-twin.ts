// Whether an account is connected already: the same one, of the same workspace and connector, on an older connection.

import type { ConnectionDetail } from '../domain/snapshot.ts'
import { findByAccount } from '../storage/connections.ts'
import type { Context } from './context.ts'

export interface Twin {
  id: string
  name: string
}

/** For this long after its first consent a newcomer is told of its twin; afterwards two are taken to be meant. */
const NEWCOMER_MS = 24 * 3600_000

/** The connection that held the account of this newcomer before it. D1 being down costs a hint, not the page. */
export async function findTwin(
  { db }: Pick<Context, 'db'>,
  connection: ConnectionDetail,
  now: number,
): Promise<Twin | null> {
  const { account, accountTenant, history, createdAt } = connection
  const connectedAt = history.find(({ kind }) => kind === 'connected')?.at
  if (!account || connectedAt === undefined || now - connectedAt > NEWCOMER_MS) return null
  return holderOf(db, connection, { subject: account.id, tenant: accountTenant }, createdAt)
}

/** The connection that holds the account which waits here for an admin's word. */
export async function findHolder(
  { db }: Pick<Context, 'db'>,
  connection: ConnectionDetail,
): Promise<Twin | null> {
  const { parked } = connection
  if (!parked) return null
  const account = { subject: parked.account.id, tenant: parked.tenant }
  return holderOf(db, connection, account, Number.MAX_SAFE_INTEGER)
}

async function holderOf(
  db: Context['db'],
  { id, workspaceId, connector }: ConnectionDetail,
  account: { subject: string; tenant: string | null },
  before: number,
): Promise<Twin | null> {
  const found = await findByAccount(db, { id, workspaceId, connector, ...account, before }).catch(() => null)
  return found ?? null
}
