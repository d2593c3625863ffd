// The people of a workspace: who is here in which role, who is invited, what the roles may do.

import type { FieldError } from '../../domain/failure.ts'
import { may, mayGive, ROLES, type Role, rolesGivenBy } from '../../domain/roles.ts'
import { InviteForm, type InviteValues } from '../components/invite-form.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { type Belongings, RemoveConfirm } from '../components/remove-member.tsx'
import { RoleTable } from '../components/role-table.tsx'
import { Time, TimeOr } from '../components/time.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

export interface MemberRow {
  id: string
  email: string
  name: string | null
  role: Role
  createdAt: number
  lastOpenedAt: number | null
  /** How many live on a consent of theirs. */
  connections: number
  /** How many they made that are not revoked. */
  keys: number
  ownsDeployment: boolean
}

export interface InvitationRow {
  id: string
  email: string
  role: Role
  createdAt: number
  expiresAt: number
}

interface MembersProps {
  /** `id` is theirs in the list. */
  member: PageMember & { id: string }
  now: number
  members: MemberRow[]
  invitations: InvitationRow[]
  /** Whose removal is asked for: `?remove=<id>`. */
  remove: (Belongings & { id: string }) | null
  values?: InviteValues | undefined
  errors?: FieldError[] | undefined
  /** Why the last change was refused, and what to do. */
  problem?: string | undefined
}

export function MembersPage(props: MembersProps) {
  const { member, now, members, invitations, remove, values, errors, problem } = props
  const manages = may(member.role, 'members.manage')
  const owners = members.filter(({ role }) => role === 'owner').length
  const leaving = members.find(({ id }) => id === remove?.id)
  return (
    <Layout title="Members" member={member} current="members">
      <PageHead title="Members" lead={`Who can sign in to ${member.workspaceName}, and what they may do.`} />
      {problem ? (
        <div class="notice bad" role="alert">
          <p>{problem}</p>
        </div>
      ) : null}
      {leaving && remove ? <RemoveConfirm member={leaving} belongings={remove} /> : null}
      <table class="rows members">
        <thead>
          <tr>
            <th scope="col">Member</th>
            <th scope="col">Role</th>
            <th scope="col">Since</th>
            <th scope="col">Last here</th>
            <th scope="col">Authorized</th>
            {manages ? (
              <th scope="col">
                <span class="sr">Actions</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {members.map((row) => (
            <Row row={row} member={member} now={now} lastOwner={row.role === 'owner' && owners === 1} />
          ))}
        </tbody>
      </table>
      {manages ? (
        <>
          {invitations.length > 0 ? (
            <Invitations invitations={invitations} member={member} now={now} />
          ) : null}
          <div class="narrow-left">
            <Panel
              title="Invite somebody"
              id="invite"
              lead="You get a link to hand over yourself; Evergrant sends nothing. It works once, for seven days, and only for whoever signs in with this address."
            >
              <InviteForm roles={rolesGivenBy(member.role)} values={values} errors={errors} />
            </Panel>
          </div>
        </>
      ) : null}
      <Panel title="What the roles may do" id="roles">
        <RoleTable />
      </Panel>
    </Layout>
  )
}

interface RowProps {
  row: MemberRow
  member: MembersProps['member']
  now: number
  lastOwner: boolean
}

function Row({ row, member, now, lastOwner }: RowProps) {
  const { id, email, name, createdAt, lastOpenedAt, connections, keys, ownsDeployment } = row
  const manages = may(member.role, 'members.manage')
  const isSelf = id === member.id
  return (
    <tr id={`member-${id}`} class="row">
      <th scope="row" class="cell-name">
        <span class="cell-name-text">
          <span>
            {name ?? email}
            {isSelf ? <span class="mark calm">you</span> : null}
          </span>
          {name ? <span class="quiet">{email}</span> : null}
        </span>
      </th>
      <td class="cell-role">
        <RoleCell row={row} own={member.role} lastOwner={lastOwner} />
        {lastOwner ? <span class="note">the only owner</span> : null}
        {ownsDeployment ? <span class="note">named in OWNER_EMAILS: owner at every sign-in</span> : null}
      </td>
      <td class="cell-used">
        <span class="cell-label">Member since </span>
        <Time at={createdAt} now={now} />
      </td>
      <td class="cell-used">
        <span class="cell-label">Last here </span>
        <TimeOr at={lastOpenedAt} now={now} empty="never" />
      </td>
      <td class="cell-count">
        {connections === 0 ? <span class="quiet">no connections</span> : plural(connections, 'connection')}
        {keys > 0 ? <span class="note">made {plural(keys, 'API key')}</span> : null}
      </td>
      {manages ? (
        <td class="cell-action">
          {lastOwner ? null : isSelf ? (
            <a class="button small" href="/settings#leave">
              Leave
            </a>
          ) : mayGive(member.role, row.role) ? (
            <a class="button small" href={`/members?remove=${encodeURIComponent(id)}#confirm`}>
              Remove<span class="sr"> {name ?? email}</span>
            </a>
          ) : null}
        </td>
      ) : null}
    </tr>
  )
}

/** A choice for those who may change it, a word for the rest. */
function RoleCell({ row, own, lastOwner }: { row: MemberRow; own: Role; lastOwner: boolean }) {
  const { id, role, name, email } = row
  if (!mayGive(own, role) || lastOwner) return <span>{role}</span>
  return (
    <form method="post" action={`/members/${encodeURIComponent(id)}/role`} class="role-form">
      <select name="role" aria-label={`Role of ${name ?? email}`}>
        {ROLES.filter((each) => mayGive(own, each)).map((each) => (
          <option value={each} selected={each === role}>
            {each}
          </option>
        ))}
      </select>
      <button type="submit" class="button small">
        Change<span class="sr"> the role of {name ?? email}</span>
      </button>
    </form>
  )
}

interface InvitationsProps {
  invitations: InvitationRow[]
  member: PageMember
  now: number
}

function Invitations({ invitations, member, now }: InvitationsProps) {
  return (
    <section class="below" aria-labelledby="invited-title">
      <h2 id="invited-title">Invited</h2>
      <table class="rows invitations">
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">Role</th>
            <th scope="col">Invited</th>
            <th scope="col">Expires</th>
            <th scope="col">
              <span class="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {invitations.map(({ id, email, role, createdAt, expiresAt }) => (
            <tr id={`invitation-${id}`} class="row">
              <th scope="row" class="cell-name">
                <span class="cell-name-text">
                  <span>{email}</span>
                </span>
              </th>
              <td>{role}</td>
              <td class="cell-used">
                <span class="cell-label">Invited </span>
                <Time at={createdAt} now={now} />
              </td>
              <td class="cell-used">
                <span class="cell-label">Expires </span>
                <Time at={expiresAt} now={now} />
              </td>
              <td class="cell-action">
                {mayGive(member.role, role) ? (
                  <form method="post" action={`/members/invitations/${encodeURIComponent(id)}/revoke`}>
                    <button type="submit" class="button small">
                      Revoke<span class="sr"> the invitation of {email}</span>
                    </button>
                  </form>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
