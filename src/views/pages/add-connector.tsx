// Adding a connector of one's own: through its issuer, from JSON, or by hand.

import type { FieldError } from '../../domain/failure.ts'
import { ErrorSummary, errorFor, Field } from '../components/field.tsx'
import { AreaField } from '../components/field-kinds.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { Layout, type PageMember } from '../layout.tsx'

export interface AddConnectorValues {
  issuer: string
  json: string
}

interface AddConnectorProps {
  member: PageMember
  values?: AddConnectorValues | undefined
  errors?: FieldError[] | undefined
}

export function AddConnectorPage({ member, values, errors }: AddConnectorProps) {
  return (
    <Layout title="Add your own connector" member={member} current="connectors">
      <div class="narrow">
        <PageHead
          title="Add your own connector"
          back={{ href: '/connectors', label: 'Connectors' }}
          lead="For a service that the catalog does not have: only this workspace sees it."
        />
        <Panel
          title="Find it through its issuer"
          id="by-issuer"
          lead="Most services with OpenID or OAuth 2 describe themselves. You look through what they say before anything is saved."
        >
          <form method="post" action="/connectors/new/issuer">
            <ErrorSummary errors={errors?.filter(({ path }) => path !== 'json')} fields={['issuer']} />
            <Field
              label="Issuer"
              name="issuer"
              value={values?.issuer}
              required
              error={errorFor(errors, 'issuer')}
              hint="Exactly as the service names itself, for example https://login.example.com"
            />
            <button type="submit" class="button primary">
              Find
            </button>
          </form>
        </Panel>
        <Panel
          title="Import JSON"
          id="by-json"
          lead="The JSON of an exported connector, of this deployment or another. You look through it before it is saved."
        >
          <form method="post" action="/connectors/new/import" enctype="multipart/form-data">
            <AreaField
              label="JSON"
              name="json"
              value={values?.json}
              rows={6}
              code
              error={errorFor(errors, 'json')}
            />
            <div class="field">
              <label for="file">Or a file</label>
              <input id="file" name="file" type="file" accept=".json,application/json" />
            </div>
            <button type="submit" class="button">
              Look through it
            </button>
          </form>
        </Panel>
        <Panel
          title="Write it by hand"
          id="by-hand"
          lead="You need its addresses, its scopes and where its API begins."
        >
          <p>
            <a class="button" href="/connectors/new/form">
              Open the form
            </a>
          </p>
          <p class="hint">
            A service that resembles one of the catalog is quicker to begin with a copy: open that connector,
            and choose Make your own from it.
          </p>
        </Panel>
      </div>
    </Layout>
  )
}
