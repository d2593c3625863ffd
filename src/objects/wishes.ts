// What the connection is for, changed by an admin or a key. The grant is not touched: more needs a consent, less only
// narrows what the next one is asked for.

import type { Failure } from '../domain/failure.ts'
import type { HistoryKind } from '../domain/history.ts'
import type { ConnectionRecord } from '../domain/record.ts'
import { wanted, wishFor } from '../domain/wish.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { findConnectorOf } from './credentials.ts'
import { historyEvent, type ObjectContext } from './object-context.ts'
import { owe, type Publisher } from './publisher.ts'
import type { ChangeTools } from './rpc.ts'

export class Wishes {
  readonly #object: ObjectContext
  readonly #publisher: Publisher

  constructor(object: ObjectContext, publisher: Publisher) {
    this.#object = object
    this.#publisher = publisher
  }

  async change({ tools, scopes }: ChangeTools): Promise<Result<null, Failure>> {
    const { store } = this.#object
    const found = store.load()
    const connector = found && (await findConnectorOf(this.#object, found))
    // It may have changed while the connector was looked up.
    const record = store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    if (!connector) return err({ code: 'connector_not_found' })
    const before = wanted(record)
    const known = [...connector.tools.map(({ id }) => id), ...before.tools]
    const errors = tools.flatMap((id, index) =>
      known.includes(id)
        ? []
        : [{ path: `tools.${index}`, message: 'Choose from the tools of this service.' }],
    )
    if (errors.length > 0) return err({ code: 'invalid_request', errors })
    const changed = wishFor(record, connector, [...new Set(tools)], scopes)
    if (JSON.stringify([wanted(changed), changed.wish]) === JSON.stringify([before, record.wish]))
      return ok(null)
    return this.#store(
      changed,
      changed.wish ? 'tools_wished' : 'tools_changed',
      difference(before, wanted(changed)),
    )
  }

  async drop(): Promise<Result<null, Failure>> {
    const record = this.#object.store.load()
    if (!record || record.deletion) return err({ code: 'connection_not_found' })
    if (!record.wish) return ok(null)
    const dropped = { ...record, wish: null }
    return this.#store(dropped, 'wish_dropped', difference(record.wish, record))
  }

  async #store(changed: ConnectionRecord, kind: HistoryKind, detail: string): Promise<Result<null, Failure>> {
    const { store, now } = this.#object
    const at = now()
    store.change(owe({ ...changed, updatedAt: at }, { row: true, copy: false }, at), at)
    store.remember(historyEvent({ at, kind, trigger: 'manual', detail: detail || null }))
    await store.sync()
    await this.#publisher.pay()
    return ok(null)
  }
}

/** `+ contacts.write − deals.read`. */
function difference(before: { tools: string[] }, after: { tools: string[] }): string {
  const added = after.tools.filter((id) => !before.tools.includes(id)).map((id) => `+ ${id}`)
  const gone = before.tools.filter((id) => !after.tools.includes(id)).map((id) => `− ${id}`)
  return [...added, ...gone].join(' ')
}
