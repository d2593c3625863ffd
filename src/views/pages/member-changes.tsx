// The pages that follow an invitation made and a member removed: what was done, and what to do next.

import type { Role } from '../../domain/roles.ts'
import { CopyField } from '../components/copy-field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { type Belongings, ServiceAccountHint } from '../components/remove-member.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

interface InvitedProps {
  member: PageMember
  email: string
  role: Role
  /** In clear, for this one page. */
  link: string
}

export function InvitedPage({ member, email, role, link }: InvitedProps) {
  return (
    <Layout title="Invitation" member={member} current="members">
      <div class="narrow">
        <PageHead title={`Invitation for ${email}`} back={{ href: '/members', label: 'Members' }} />
        <div class="panel">
          <div class="notice warn">
            <p class="strong">Copy the link now and hand it over: it is not shown again.</p>
            <p>
              Evergrant sends nothing and stores only its hash. Whoever opens it signs in as {email} and
              becomes {role}. It works once, for seven days; a new invitation for the same address replaces
              it.
            </p>
          </div>
          <p class="label">Link</p>
          <CopyField value={link} what="invitation link" />
          <p>
            <a class="button primary" href="/members">
              I have copied it
            </a>
          </p>
        </div>
      </div>
    </Layout>
  )
}

interface RemovedProps {
  member: PageMember
  removed: { email: string; name: string | null }
  keys: number
  connections: Belongings['connections']
}

export function RemovedPage({ member, removed, keys, connections }: RemovedProps) {
  return (
    <Layout title="Member removed" member={member} current="members">
      <div class="narrow panel message">
        <h1>{removed.name ?? removed.email} is removed</h1>
        <p>
          Their sessions, connect links and invitations have ended.{' '}
          {keys === 0
            ? 'They had no API key.'
            : `${plural(keys, 'API key')} of theirs ${keys === 1 ? 'is' : 'are'} revoked: workflows that use ${keys === 1 ? 'it' : 'them'} are normally refused everywhere within a minute.`}
        </p>
        <ServiceAccountHint connections={connections} />
        <p>
          <a class="button primary" href="/members">
            Back to members
          </a>
        </p>
      </div>
    </Layout>
  )
}
