// The account page: what a person has granted, and taking it away again (revoking at the upstream).

import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { htmlAnswer, readForm, seeOther, send } from './http.ts'
import { type Application, accountPage, errorPage } from './pages.ts'
import { personById } from './people.ts'
import type { Store } from './store.ts'

/** Removes every grant that matches, with all tokens under it; answers how many there were. */
export function revokeGrants(store: Store, which: { account?: string; client_id?: string }): number {
  const matching = store
    .grants()
    .filter((grant) => which.account === undefined || grant.accountId === which.account)
    .filter((grant) => which.client_id === undefined || grant.clientId === which.client_id)
  for (const grant of matching) store.revokeGrant(grant.id)
  return matching.length
}

/** Handles GET `/account` and POST `/account/remove`. */
export function accountPages(provider: Provider, store: Store) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.method === 'POST' && url.pathname === '/account/remove') {
      const form = await readForm(request)
      const account = form.get('account') ?? ''
      revokeGrants(store, { account, client_id: form.get('client_id') ?? '' })
      return send(response, seeOther(`/account?account=${encodeURIComponent(account)}`))
    }
    if (request.method !== 'GET' || url.pathname !== '/account') {
      return send(response, htmlAnswer(404, errorPage('Not found', 'There is no such page.')))
    }
    const person = personById(url.searchParams.get('account') ?? '')
    const props = person && { person, applications: await applicationsOf(person.id) }
    send(response, htmlAnswer(200, accountPage(props)))
  }

  async function applicationsOf(account: string): Promise<Application[]> {
    const scopesByClient = new Map<string, Set<string>>()
    for (const grant of store.grants()) {
      if (grant.accountId !== account) continue
      const scopes = scopesByClient.get(grant.clientId) ?? new Set()
      for (const scope of grant.scope.split(' ').filter(Boolean)) scopes.add(scope)
      scopesByClient.set(grant.clientId, scopes)
    }
    const applications: Application[] = []
    for (const [clientId, scopes] of scopesByClient) {
      const name = (await provider.Client.find(clientId))?.clientName ?? clientId
      applications.push({ clientId, name, scopes: [...scopes] })
    }
    return applications
  }
}
