// Roles and what each may do: the one place that decides. Routes and pages ask `may`.

export const ROLES = ['owner', 'admin', 'builder', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export type Action =
  | 'connections.read'
  | 'connections.test'
  | 'connections.manage'
  | 'apps.manage'
  | 'keys.read'
  | 'keys.manage'
  | 'members.read'
  | 'members.manage'
  | 'audit.read'
  | 'settings.manage'

const EVERYONE: readonly Role[] = ROLES
/** They reference connections in workflows, and never see a token. */
const BUILDERS: readonly Role[] = ['owner', 'admin', 'builder']
const ADMINS: readonly Role[] = ['owner', 'admin']
const OWNERS: readonly Role[] = ['owner']

const ALLOWED: Record<Action, readonly Role[]> = {
  'connections.read': EVERYONE,
  'connections.test': BUILDERS,
  'connections.manage': ADMINS,
  'apps.manage': ADMINS,
  'keys.read': ADMINS,
  'keys.manage': ADMINS,
  'members.read': EVERYONE,
  'members.manage': OWNERS,
  'audit.read': ADMINS,
  'settings.manage': OWNERS,
}

export function may(role: Role, action: Action): boolean {
  return ALLOWED[action].includes(role)
}
