// What somebody is told whose role does not allow what they asked for.

import { type Action, may, ROLES, type Role } from '../domain/roles.ts'
import type { SignedInMember } from '../services/sessions.ts'
import { MessagePage } from '../views/pages/message.tsx'
import type { HttpContext } from './env.ts'
import { page } from './page.ts'

export function refuseRole(c: HttpContext, member: SignedInMember, action: Action): Promise<Response> {
  const roles = ROLES.filter((role) => may(role, action)).join(' or ')
  return page(
    c,
    <MessagePage
      title="Your role does not allow this"
      text={`You are ${withArticle(member.role)} here. This needs the role ${roles}. Ask an owner to change yours.`}
      action={{ href: '/connections', label: 'Go to connections' }}
      member={member}
    />,
    403,
  )
}

function withArticle(role: Role): string {
  return /^[aeiou]/.test(role) ? `an ${role}` : `a ${role}`
}
