import { beforeEach, describe, expect, it } from 'vitest'
import { mend } from '../setup/faults.ts'
import {
  connect,
  consent,
  detailOf,
  finish,
  readToken,
  reconnect,
  rowOf,
  start,
  steer,
} from '../setup/harness.ts'

beforeEach(async () => {
  mend()
  await steer.reset()
})

describe('connect', () => {
  it('ends active, with the account, a suggested name and a row in D1', async () => {
    const connected = await connect()
    expect(await detailOf(connected)).toMatchObject({
      state: 'active',
      name: 'Local CRM - Ada Lovelace',
      account: { id: 'ada', email: 'ada@example.com', name: 'Ada Lovelace' },
      generation: 1,
      health: 'ok',
      notice: { kind: 'connected' },
    })
    expect(await rowOf(connected)).toMatchObject({ state: 'active', account_id: 'ada', generation: 1 })
    const token = await readToken(connected)
    expect(token).toMatchObject({ ok: true, value: { generation: 1, connector: 'local' } })
  })

  it('leaves a declined connection pending and says so', async () => {
    const started = await start()
    const query = await consent(started.authorizeUrl, { decline: true })
    expect(await finish(started, query)).toEqual({ kind: 'finished', connectionId: started.connectionId })
    expect(await detailOf(started)).toMatchObject({ state: 'pending', notice: { kind: 'declined' } })
  })

  it('keeps ID, name and history on a reconnect', async () => {
    const connected = await connect()
    expect(await reconnect(connected)).toMatchObject({ kind: 'finished' })
    expect(await detailOf(connected)).toMatchObject({
      id: connected.connectionId,
      generation: 2,
      notice: { kind: 'reconnected' },
    })
  })
})
