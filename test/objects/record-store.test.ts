// What the object remembers of its storage: never more than the storage holds.

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RecordStore } from '../../src/objects/record-store.ts'
import { faults, mend } from '../setup/faults.ts'
import { type Connected, connect, storedRecord, stubOf } from '../setup/harness.ts'

let connected: Connected

beforeEach(async () => {
  mend()
  connected = await connect()
})
afterEach(mend)

const NAME = 'Another name'

it('is read once, and anew after a write', async () => {
  await runInDurableObject(stubOf(connected), (_instance, { storage }) => {
    const store = new RecordStore(storage)
    const first = store.load()
    if (!first) throw new Error('no record')
    expect(store.load()).toBe(first)
    const given = { ...first, name: NAME }
    store.keep(given, Date.now())
    expect(store.load()).toEqual(given)
    expect(store.load()).not.toBe(given)
  })
})

it('is not what a write would have made of it, where the write fails', async () => {
  const before = await storedRecord(connected)
  await runInDurableObject(stubOf(connected), (_instance, { storage }) => {
    const store = new RecordStore(storage)
    const record = store.load()
    if (!record) throw new Error('no record')
    faults.storage = 'put'
    expect(() => store.keep({ ...record, name: NAME }, Date.now())).toThrow()
    expect(store.load()).toEqual(before)
    mend()
  })
})

it('is gone with the storage, though somebody reads while that is emptied', async () => {
  await runInDurableObject(stubOf(connected), async (_instance, { storage }) => {
    const store = new RecordStore(storage)
    const emptied = store.empty()
    store.load()
    store.appCopy()
    await emptied
    expect(store.load()).toBeUndefined()
    expect(store.appCopy()).toBeUndefined()
  })
})
