// A new workspace: for those who run the deployment.

import type { FieldError } from '../../domain/failure.ts'
import { ErrorSummary, errorFor, Field } from '../components/field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Layout, type PageMember } from '../layout.tsx'

interface NewWorkspaceProps {
  member: PageMember
  value?: string | undefined
  errors?: FieldError[] | undefined
}

export function NewWorkspacePage({ member, value, errors }: NewWorkspaceProps) {
  return (
    <Layout title="New workspace" member={member}>
      <div class="narrow">
        <PageHead
          title="New workspace"
          lead="A world of its own: nothing of one workspace is seen in another. You become its owner, and can invite others there."
        />
        <div class="panel">
          <form method="post" action="/workspaces">
            <ErrorSummary errors={errors} fields={['name']} />
            <Field
              label="Name"
              name="name"
              value={value}
              required
              maxlength={100}
              hint="A team, a customer, an environment."
              error={errorFor(errors, 'name')}
            />
            <button type="submit" class="button primary">
              Create the workspace
            </button>
          </form>
        </div>
      </div>
    </Layout>
  )
}
