// What the parts of a connection's page share: their props, and the small decisions that depend on time.

import type { Connector } from '../../domain/connector.ts'
import type { FieldError } from '../../domain/failure.ts'
import type { ConnectionDetail, WhoUses } from '../../domain/snapshot.ts'
import type { PageMember } from '../layout.tsx'
import { isCurrent } from './notice.tsx'

export interface ConnectionProps {
  member: PageMember
  now: number
  connection: ConnectionDetail
  connector: Connector
  publicUrl: string
  /** `?confirm=delete`: the danger zone asks. */
  confirmDelete: boolean
  /** Other connections that share the grant at the service. */
  siblings: number
  /** An older connection of the same account, told of on the page of a new one. */
  twin: { id: string; name: string } | null
  /** The connection that holds the account which waits for an admin's word. */
  holder: { id: string; name: string } | null
  whoUses: WhoUses
  /** The OAuth app in use; null where there is none. */
  app: { clientId: string; approvalUrl: string | null } | null
  /** A connect link that was made just now. */
  link?: { url: string; expiresAt: number } | undefined
  /** What was typed, shown again after an error. */
  values?: { name: string } | undefined
  errors?: FieldError[] | undefined
}

const JUST_CHANGED_MS = 60_000
const QUICK_SECONDS = 5
const SLOW_SECONDS = 60

/** How often the page looks again: quickly while something is under way or just changed. */
export function pollSeconds(connection: ConnectionDetail, now: number): number {
  const underWay =
    connection.state === 'pending' ||
    connection.health === 'retrying' ||
    connection.refreshingSince !== null ||
    (connection.authorizationOpenUntil ?? 0) > now ||
    now - connection.updatedAt < JUST_CHANGED_MS
  return underWay ? QUICK_SECONDS : SLOW_SECONDS
}

/** Just connected for the first time and not named by a person yet: naming comes first on the page. */
export function isFirstNaming({ notice, history }: ConnectionDetail, now: number): boolean {
  if (notice?.kind !== 'connected' || !isCurrent(notice, now)) return false
  return !history.some(({ kind, at }) => kind === 'renamed' && at >= notice.at)
}

export function connectionPath(id: string, action?: string): string {
  return action ? `/connections/${id}/${action}` : `/connections/${id}`
}
