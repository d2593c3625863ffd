// A connect link for somebody else: shown once, to be sent.

import { CopyField } from '../components/copy-field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Time } from '../components/time.tsx'
import { Layout, type PageMember } from '../layout.tsx'

interface LinkMadeProps {
  member: PageMember
  now: number
  connectorName: string
  connection: { id: string; name: string }
  /** In clear, for this one page. */
  url: string
  expiresAt: number
  /** The only account that is accepted. */
  expectedAccount: string | null
}

export function LinkMadePage({
  member,
  now,
  connectorName,
  connection,
  url,
  expiresAt,
  expectedAccount,
}: LinkMadeProps) {
  return (
    <Layout title="Your connect link" member={member} current="connections">
      <div class="narrow">
        <PageHead title="Your connect link" back={{ href: '/connections', label: 'Connections' }} />
        <div class="panel">
          <div class="notice warn">
            <p class="strong">Copy it now: it is not shown again.</p>
            <p>
              Send it only to the person who has the {connectorName} account: whoever opens it can connect
              theirs.
            </p>
          </div>
          <p>
            It works once, and ends <Time at={expiresAt} now={now} />.{' '}
            {expectedAccount === null
              ? 'Any account is accepted.'
              : `Only the account ${expectedAccount} is accepted.`}{' '}
            Until somebody has agreed, the connection is pending.
          </p>
          <p class="label">{connection.name}</p>
          <CopyField value={url} what="connect link" block />
          <p>
            <a class="button primary" href={`/connections/${connection.id}`}>
              I have copied it
            </a>
          </p>
        </div>
      </div>
    </Layout>
  )
}
