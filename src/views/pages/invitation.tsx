// What an invitation says to whoever opens it: to what, by whom, for which address. Never boosted, its form leads to the
// sign-in provider.

import type { Role } from '../../domain/roles.ts'
import { ROLE_SENTENCES } from '../../domain/roles.ts'
import { Fact } from '../components/fact.tsx'
import { dateOf } from '../format.ts'
import { Layout } from '../layout.tsx'

interface InvitationProps {
  workspaceName: string
  from: string
  email: string
  role: Role
  expiresAt: number
  /** Where the form goes: this very page. */
  action: string
}

export function InvitationPage({ workspaceName, from, email, role, expiresAt, action }: InvitationProps) {
  return (
    <Layout title={`Invitation to ${workspaceName}`}>
      <div class="narrow panel message">
        <h1>Join {workspaceName}</h1>
        <p>
          {from} invites you to a workspace of Evergrant, which keeps connections to other services alive.
        </p>
        <dl class="facts">
          <Fact term="For">{email}</Fact>
          <Fact term="Role">
            {role} <span class="quiet block">{ROLE_SENTENCES[role]}</span>
          </Fact>
          <Fact term="Works until">{dateOf(expiresAt)}</Fact>
        </dl>
        <form method="post" action={action}>
          <button type="submit" class="button primary wide">
            Sign in and join
          </button>
        </form>
        <p class="quiet">Sign in as {email}: with another address it is not accepted.</p>
      </div>
    </Layout>
  )
}
