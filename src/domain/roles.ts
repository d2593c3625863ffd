// Roles and what each may do: the one place that decides. Routes and pages ask `may` and `mayGive`; the table on the
// members page is drawn from here.

export const ROLES = ['owner', 'admin', 'builder', 'viewer'] as const
export type Role = (typeof ROLES)[number]

const EVERYONE: readonly Role[] = ROLES
/** They reference connections in workflows, and never see a token. */
const BUILDERS: readonly Role[] = ['owner', 'admin', 'builder']
const ADMINS: readonly Role[] = ['owner', 'admin']
const OWNERS: readonly Role[] = ['owner']

interface Right {
  /** What it is, as a line of the table; null for what is not worth one. */
  title: string | null
  roles: readonly Role[]
}

const RIGHTS = {
  'connections.read': { title: 'See connections, their states and their IDs', roles: EVERYONE },
  'connections.test': { title: 'Try a connection with a test call', roles: BUILDERS },
  'connections.manage': { title: 'Connect, reconnect, rename, pause and delete connections', roles: ADMINS },
  'apps.manage': { title: 'Set up OAuth apps', roles: ADMINS },
  'keys.read': { title: 'See API keys', roles: ADMINS },
  'keys.manage': { title: 'Make, rotate and revoke API keys', roles: ADMINS },
  'members.read': { title: 'See who is here', roles: EVERYONE },
  'members.manage': { title: 'Invite and remove people, and change their roles', roles: ADMINS },
  'owners.manage': { title: 'Make, change and remove owners', roles: OWNERS },
  'audit.read': { title: 'Read and export the audit trail', roles: ADMINS },
  'settings.manage': { title: 'Change the settings of the workspace', roles: OWNERS },
  'webhooks.manage': { title: 'Set up webhooks', roles: ADMINS },
  'account.manage': { title: null, roles: EVERYONE },
} as const satisfies Record<string, Right>

export type Action = keyof typeof RIGHTS

export function may(role: Role, action: Action): boolean {
  const { roles }: Right = RIGHTS[action]
  return roles.includes(role)
}

/** Whether somebody in the role `own` may give this role, or take it away. */
export function mayGive(own: Role, role: Role): boolean {
  return may(own, role === 'owner' ? 'owners.manage' : 'members.manage')
}

/** The roles that somebody in this role may give or take away. */
export function rolesGivenBy(own: Role): Role[] {
  return ROLES.filter((role) => mayGive(own, role))
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text)
}

/** The table of roles: each right with the roles that have it. */
export function rightsTable(): { title: string; roles: readonly Role[] }[] {
  return Object.values<Right>(RIGHTS).flatMap(({ title, roles }) =>
    title === null ? [] : [{ title, roles }],
  )
}

/** What a role is for, in one line. */
export const ROLE_SENTENCES: Record<Role, string> = {
  owner: 'Everything, the other owners included.',
  admin: 'Connects and configures, makes keys, invites people.',
  builder: 'Builds workflows: sees connections and copies their IDs, never tokens.',
  viewer: 'Sees connections and who is here, and changes nothing.',
}
