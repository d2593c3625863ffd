// After a delete: what came of it at the service, so that nobody has to guess.

import type { RevocationReport } from '../../domain/record.ts'
import { Layout, type PageMember } from '../layout.tsx'

interface DeletedProps {
  member: PageMember
  name: string
  report: RevocationReport
}

export function DeletedPage({ member, name, report }: DeletedProps) {
  return (
    <Layout title="Connection deleted" member={member} current="connections">
      <div class="narrow panel message">
        <h1>“{name}” is deleted</h1>
        <p>
          Evergrant has erased its access. Workflows that still ask for it are normally refused everywhere
          within a minute.
        </p>
        {report.revoked === false ? (
          <div class="notice warn">
            <h2>Not revoked at the service</h2>
            <p>
              The service did not confirm that the access ended there. Remove it in the settings of the
              account.
            </p>
            {report.detail ? <p class="quoted">{report.detail}</p> : null}
          </div>
        ) : (
          <div class={report.revoked ? 'notice good' : 'notice calm'}>
            <h2>{report.revoked ? 'Revoked at the service' : 'Left as it is at the service'}</h2>
            {report.detail ? <p>{report.detail}</p> : null}
          </div>
        )}
        <p>
          <a class="button primary" href="/connections">
            Back to connections
          </a>
        </p>
      </div>
    </Layout>
  )
}
