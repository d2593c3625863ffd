import { describe, expect, it } from 'vitest'
import type { Connector } from '../../src/domain/connector.ts'
import { permissionsOf } from '../../src/domain/permissions.ts'
import { suggestedTools } from '../../src/domain/scopes.ts'
import { fulfils, wanted, wishFor } from '../../src/domain/wish.ts'
import { permissionSentence } from '../../src/views/permission-words.ts'
import { pendingFixture, recordFixture } from '../setup/record.ts'

const CONNECTOR = {
  baseScopes: ['base'],
  scopes: [
    { scope: 'base', title: 'Know who', sensitive: false },
    { scope: 'read', title: 'Read', sensitive: false },
    { scope: 'write', title: 'Write', sensitive: true },
    { scope: 'send', title: 'Send', sensitive: true },
  ],
  tools: [
    { id: 'read', title: 'Look up', scopes: ['read'] },
    { id: 'write', title: 'Change', scopes: ['read', 'write'] },
    { id: 'send', title: 'Send mail', scopes: ['send'] },
  ],
} as unknown as Connector

const held = recordFixture({
  tools: ['read', 'send'],
  requestedScopes: ['base', 'read', 'send', 'extra'],
  grantedScopes: ['base', 'read', 'send', 'extra'],
})

describe('what a connection is for', () => {
  it('is a wish where a new tool needs what nobody was asked for; the last consent stays as it is', () => {
    const wished = wishFor(held, CONNECTOR, ['read', 'send', 'write'])
    expect(wished).toEqual({
      ...held,
      wish: { tools: ['read', 'send', 'write'], requestedScopes: ['base', 'read', 'write', 'send', 'extra'] },
    })
    expect(wanted(wished).tools).toEqual(['read', 'send', 'write'])
  })

  it('is narrowed at once, and what is asked for beside the tools stays', () => {
    const narrowed = wishFor(held, CONNECTOR, ['read'])
    expect(narrowed).toMatchObject({
      tools: ['read'],
      requestedScopes: ['base', 'read', 'extra'],
      grantedScopes: held.grantedScopes,
      wish: null,
    })
  })

  it('takes a tool at once whose scopes are granted already', () => {
    const wide = { ...held, grantedScopes: [...held.grantedScopes, 'write'] }
    expect(wishFor(wide, CONNECTOR, ['read', 'write'])).toMatchObject({
      tools: ['read', 'write'],
      wish: null,
    })
  })

  it('is a wish where a tool has come to need more since the consent', () => {
    const before = { ...held, requestedScopes: ['base', 'read'], grantedScopes: ['base', 'read'] }
    expect(wishFor(before, CONNECTOR, ['read', 'send']).wish?.requestedScopes).toContain('send')
  })

  it('is a wish for scopes beside the tools, and none once they are taken back', () => {
    const wished = wishFor(held, CONNECTOR, held.tools, ['admin'])
    expect(wished.wish?.requestedScopes).toEqual(['base', 'read', 'send', 'extra', 'admin'])
    expect(wishFor({ ...wished, wish: null }, CONNECTOR, held.tools).wish).toBeNull()
  })

  it('holds at once before the first consent', () => {
    expect(wishFor(pendingFixture(), CONNECTOR, ['send'])).toMatchObject({ tools: ['send'], wish: null })
  })

  it('is fulfilled only by a consent that asked for all of it', () => {
    const { wish } = wishFor(held, CONNECTOR, ['read', 'send', 'write'])
    expect(fulfils(held, null)).toBe(true)
    expect(fulfils(held, wish)).toBe(false)
    expect(wish && fulfils(wish, wish)).toBe(true)
  })
})

describe('permissions', () => {
  const asked = { tools: ['read', 'write'], requestedScopes: ['base', 'read', 'write', 'extra'] }

  it('count what was asked for, and name the tools that will fail', () => {
    const lacking = permissionsOf(CONNECTOR, { ...asked, grantedScopes: ['base', 'read'] })
    expect(lacking).toEqual({
      given: 2,
      total: 4,
      failing: [{ tool: { id: 'write', title: 'Change' }, missing: ['write'], unasked: false }],
      others: ['extra'],
      unasked: [],
    })
  })

  it('tell what was refused from what nobody was asked for', () => {
    const consentedScopes = ['base', 'read']
    const lacking = permissionsOf(CONNECTOR, { ...asked, grantedScopes: ['base'], consentedScopes })
    expect(lacking.unasked).toEqual(['write', 'extra'])
    expect(lacking.failing.map(({ tool, unasked }) => [tool.id, unasked])).toEqual([
      ['read', false],
      ['write', true],
    ])
  })

  it('count a scope that a tool has come to need', () => {
    const grown = { tools: ['send'], requestedScopes: ['base'], grantedScopes: ['base'] }
    expect(permissionsOf(CONNECTOR, grown)).toMatchObject({ given: 1, total: 2, unasked: ['send'] })
  })

  const says = (granted: string[], change = {}) =>
    permissionSentence(CONNECTOR, { state: 'active', ...asked, grantedScopes: granted, ...change })

  it.each([
    [['base', 'read', 'extra'], {}, '3 of 4 permissions; “Change” will fail until you reconnect and tick it'],
    [
      ['base', 'extra'],
      {},
      '2 of 4 permissions; “Look up” and “Change” will fail until you reconnect and tick them',
    ],
    [['base', 'read', 'write'], {}, '3 of 4 permissions; without “extra”'],
    [
      ['base', 'read', 'extra'],
      { consentedScopes: ['base', 'read', 'extra'] },
      '3 of 4 permissions; “Change” will fail until you reconnect',
    ],
    [['base', 'read', 'write', 'extra'], {}, null],
    [[], { state: 'pending' }, null],
  ])('%j %j: %s', (granted, change, sentence) => {
    expect(says(granted, change)).toBe(sentence)
  })
})

describe('the tools that are ticked at first', () => {
  it('ask for nothing sensitive, where there are such', () => {
    expect(suggestedTools(CONNECTOR)).toEqual(['read'])
    expect(suggestedTools({ ...CONNECTOR, tools: CONNECTOR.tools.slice(1) })).toEqual(['write'])
    expect(suggestedTools({ ...CONNECTOR, tools: [] })).toEqual([])
  })
})
