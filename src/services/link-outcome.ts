// How a connect link ended, on its way to `/connect/done`: sealed into a short-lived cookie, so that no address tells it.

import type { NoticeKind } from '../domain/record.ts'
import type { SealContext } from '../storage/vault.ts'
import type { Context } from './context.ts'
import { describeConnection } from './describe-connection.ts'
import { lookUpConnector } from './find-connector.ts'
import type { CallbackResult } from './finish-authorization.ts'

export const OUTCOME_LIFE_MS = 10 * 60_000

export interface LinkOutcome {
  connectorName: string
  /** Address or name; null where nothing was connected. */
  account: string | null
  kind: NoticeKind
  /** Epoch milliseconds. */
  until: number
}

const COOKIE: SealContext = { purpose: 'connect_done', workspaceId: '', recordId: 'browser' }

export async function sealLinkOutcome(
  context: Pick<Context, 'vault' | 'config' | 'connections' | 'db'>,
  finished: Extract<CallbackResult, { kind: 'link_finished' }>,
  now: number,
): Promise<string> {
  const { workspaceId, connectionId, notice } = finished
  const found = await describeConnection(context, workspaceId, connectionId)
  const connector = found.ok ? await lookUpConnector(context, workspaceId, found.value.connector) : undefined
  const landed = ['connected', 'reconnected', 'fewer_permissions'].includes(notice.kind)
  const account = found.ok && landed ? found.value.account : null
  const outcome: LinkOutcome = {
    connectorName: connector?.name ?? 'The service',
    account: account?.email ?? account?.name ?? null,
    kind: notice.kind,
    until: now + OUTCOME_LIFE_MS,
  }
  return context.vault.seal(COOKIE, JSON.stringify(outcome))
}

export async function openLinkOutcome(
  { vault }: Pick<Context, 'vault'>,
  sealed: string | undefined,
  now: number,
): Promise<LinkOutcome | null> {
  if (sealed === undefined) return null
  const opened = await vault.open(COOKIE, sealed)
  // Sealed by this deployment, for this purpose only: its shape is ours.
  const outcome = opened.ok ? (JSON.parse(opened.value) as LinkOutcome) : null
  return outcome && outcome.until > now ? outcome : null
}
