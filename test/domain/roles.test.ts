import { describe, expect, it } from 'vitest'
import { type Action, may, ROLES } from '../../src/domain/roles.ts'

/** owner, admin, builder, viewer. Tokens are no action: only keys read them, and only admins make keys. */
const MATRIX: Record<Action, string> = {
  'connections.read': 'yes yes yes yes',
  'connections.test': 'yes yes yes no',
  'connections.manage': 'yes yes no no',
  'apps.manage': 'yes yes no no',
  'keys.read': 'yes yes no no',
  'keys.manage': 'yes yes no no',
  'members.read': 'yes yes yes yes',
  'members.manage': 'yes no no no',
  'audit.read': 'yes yes no no',
  'settings.manage': 'yes no no no',
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
    expect(CELLS).toHaveLength(40)
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
