import { describe, expect, it } from 'vitest'
import {
  type Action,
  isRole,
  may,
  mayGive,
  ROLES,
  rightsTable,
  rolesGivenBy,
} from '../../src/domain/roles.ts'

/** owner, admin, builder, viewer. Tokens are no action: only keys read them, and only admins make keys. */
const MATRIX: Record<Action, string> = {
  'connections.read': 'yes yes yes yes',
  'connections.test': 'yes yes yes no',
  'connections.manage': 'yes yes no no',
  'apps.manage': 'yes yes no no',
  'keys.read': 'yes yes no no',
  'keys.manage': 'yes yes no no',
  'members.read': 'yes yes yes yes',
  'members.manage': 'yes yes no no',
  'owners.manage': 'yes no no no',
  'audit.read': 'yes yes no no',
  'settings.manage': 'yes no no no',
  'account.manage': 'yes yes yes yes',
  'webhooks.manage': 'yes yes no no',
}

const CELLS = Object.entries(MATRIX).flatMap(([action, row]) =>
  row.split(' ').map((word, index) => ({
    action: action as Action,
    role: ROLES[index] ?? 'viewer',
    allowed: word === 'yes',
  })),
)

describe('what a role may do', () => {
  it('is decided for four roles', () => {
    expect(ROLES).toEqual(['owner', 'admin', 'builder', 'viewer'])
    expect(CELLS).toHaveLength(52)
  })

  it.each(CELLS)('$role, $action: $allowed', ({ role, action, allowed }) => {
    expect(may(role, action)).toBe(allowed)
  })

  it('never grows with a lesser role', () => {
    for (const action of Object.keys(MATRIX) as Action[]) {
      const allowed = ROLES.map((role) => may(role, action))
      expect(allowed).toEqual([...allowed].sort((left, right) => Number(right) - Number(left)))
    }
  })
})

/** Written out a second time: whose role gives and takes which. */
const GIVES = {
  owner: ['owner', 'admin', 'builder', 'viewer'],
  admin: ['admin', 'builder', 'viewer'],
  builder: [],
  viewer: [],
}

describe('giving and taking roles', () => {
  it.each(ROLES)('%s', (own) => {
    expect(rolesGivenBy(own)).toEqual(GIVES[own])
    for (const role of ROLES) expect(mayGive(own, role)).toBe((GIVES[own] as string[]).includes(role))
  })

  it('knows a role by its name, and nothing else', () => {
    expect(ROLES.every(isRole)).toBe(true)
    for (const text of ['', 'Owner', 'root', '__proto__', 'toString']) expect(isRole(text)).toBe(false)
  })

  it('is told by a table in which every line is a right', () => {
    expect(rightsTable()).toHaveLength(Object.keys(MATRIX).length - 1)
    for (const { title, roles } of rightsTable()) {
      expect(title).toMatch(/^[A-Z]/)
      expect(roles).toContain('owner')
    }
  })
})
