import { describe, expect, it } from 'vitest'
import { connectionObjectName, type IdPrefix, isConnectionId, newId } from '../../src/domain/ids.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

describe('a new ID', () => {
  it.each<IdPrefix>(['con', 'wsp', 'mem', 'aud', 'inv'])('%s_ and 26 characters of 0-9a-z', (prefix) => {
    expect(newId(prefix, random)).toMatch(new RegExp(`^${prefix}_[0-9a-z]{26}$`))
  })

  it('holds 128 random bits: all of them come out again', () => {
    const drawn: number[] = []
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 ^ (index * 17))
    const id = newId('con', (length) => {
      drawn.push(length)
      return bytes
    })
    expect(drawn).toEqual([16])
    let value = 0n
    for (const digit of id.slice(4)) value = value * 36n + BigInt(Number.parseInt(digit, 36))
    expect(value.toString(16)).toBe([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
  })

  it('keeps its length however small the number', () => {
    expect(newId('con', (length) => new Uint8Array(length))).toBe(`con_${'0'.repeat(26)}`)
  })

  it('is never the same as another', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newId('con', random))).size).toBe(10_000)
  })
})

describe('a connection ID', () => {
  const good = `con_${'a1'.repeat(13)}`
  it('is told by its form', () => {
    expect(isConnectionId(good)).toBe(true)
  })

  it.each([
    '',
    'con_',
    good.slice(0, -1),
    `${good}a`,
    `${good}\n`,
    ` ${good}`,
    good.toUpperCase(),
    good.replace('con_', 'mem_'),
    `con_${'a1'.repeat(12)}-1`,
    `con_${'a1'.repeat(12)}/.`,
    `con_${'a1'.repeat(12)}é1`,
  ])('is not %j', (text) => {
    expect(isConnectionId(text)).toBe(false)
  })
})

describe('the name of a connection’s object', () => {
  it('differs between workspaces, so that another’s ID leads to an empty object', () => {
    expect(connectionObjectName('wsp_a', 'con_x')).not.toBe(connectionObjectName('wsp_b', 'con_x'))
    expect(connectionObjectName('wsp_a', 'con_x')).not.toBe(connectionObjectName('wsp_a', 'con_y'))
  })
})
