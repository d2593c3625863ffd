// What the clock alone brings, stored: the ends of grants, and the doubt about a call that nobody saw end.

import { dueDuties } from '../domain/alarm.ts'
import { applyDeadlines } from '../domain/apply-refresh.ts'
import type { ConnectionRecord, Trigger } from '../domain/record.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe } from './publisher.ts'

/** The record after it, where something changed; the row and the copy are owed then. */
export function applyClock(object: ObjectContext, trigger: Trigger): ConnectionRecord | undefined {
  const { store, now } = object
  const record = store.load()
  if (!record) return undefined
  const at = now()
  const current = applyDeadlines(record, dueDuties(record, at), at)
  if (current === record) return undefined
  const lost = current.state !== record.state
  const changed = store.change(owe(current, { row: true, copy: lost }, at), at)
  store.remember(
    lost
      ? historyEvent({ at, kind: 'reauthorize', trigger, outcome: changed.reason })
      : historyEvent({ at, kind: 'refresh_failed', trigger, outcome: 'in_doubt', detail: UNSEEN }),
  )
  return changed
}

const UNSEEN = 'A refresh was cut off before its answer was stored.'
