// The pages between the authorization request and the redirect back: who is asking to sign in, and what they allow.
// Everything is decided through the provider's own interaction API.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Interaction } from 'oidc-provider'
import type { UpstreamSettings } from './client.ts'
import { htmlAnswer, readForm, send } from './http.ts'
import { consentPage, errorPage, loginPage } from './pages.ts'
import { personById, SCOPES } from './people.ts'

const DECLINED = { error: 'access_denied', error_description: 'The person declined.' }

/** Handles `/interaction/{uid}`, `/interaction/{uid}/login` and `/interaction/{uid}/consent`. */
export function interactionPages(provider: Provider, settings: Pick<UpstreamSettings, 'consent_error'>) {
  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const step = path.split('/')[3]
    const interaction = await provider.interactionDetails(request, response).catch(() => undefined)
    if (!interaction) {
      return send(response, htmlAnswer(400, errorPage('Expired', 'Start again from the application.')))
    }
    if (request.method === 'GET' && step === undefined) return show(interaction, response)
    if (request.method === 'POST' && step === interaction.prompt.name) {
      const form = await readForm(request)
      if (step === 'login') return signIn(interaction, form, request, response)
      if (step === 'consent') return decide(interaction, form, request, response)
    }
    send(response, htmlAnswer(404, errorPage('Not found', 'There is no such page.')))
  }

  async function show(interaction: Interaction, response: ServerResponse): Promise<void> {
    const { uid, params, prompt, session } = interaction
    const application = (await provider.Client.find(params.client_id))?.clientName ?? params.client_id
    const person = personById(session?.accountId ?? '')
    const markup =
      prompt.name === 'consent' && person
        ? consentPage({ uid, application, person, scopes: asked(interaction) })
        : loginPage({ uid, application, hint: params.login_hint })
    send(response, htmlAnswer(200, markup))
  }

  async function signIn(
    interaction: Interaction,
    form: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const person = personById(form.get('account') ?? '')
    if (!person) return send(response, htmlAnswer(400, errorPage('Nobody', 'Choose one of the people.')))
    if (interaction.session && interaction.session.accountId !== person.id) await signOut(interaction)
    await provider.interactionFinished(
      request,
      response,
      { login: { accountId: person.id } },
      { mergeWithLastSubmission: false },
    )
  }

  /** Another person was signed in in this browser; the flow goes on as if nobody had been. */
  async function signOut(interaction: Interaction): Promise<void> {
    const session = await provider.Session.findByUid(interaction.session?.uid ?? '')
    await session?.destroy()
    interaction.session = undefined
    await interaction.persist()
  }

  async function decide(
    interaction: Interaction,
    form: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (form.get('decision') !== 'allow') {
      await provider.interactionFinished(request, response, DECLINED, { mergeWithLastSubmission: false })
      return
    }
    if (settings.consent_error) {
      await provider.interactionFinished(request, response, settings.consent_error, {
        mergeWithLastSubmission: false,
      })
      return
    }
    const ticked = new Set([...form.getAll('scope'), 'openid'])
    const grant = new provider.Grant({
      accountId: interaction.session?.accountId ?? '',
      clientId: interaction.params.client_id,
    })
    for (const scope of asked(interaction)) {
      if (ticked.has(scope)) grant.addOIDCScope(scope)
      else grant.rejectOIDCScope(scope)
    }
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }
}

/** The scopes asked for that this upstream knows, in the order they are shown. */
function asked(interaction: Interaction): string[] {
  const requested = new Set(interaction.params.scope?.split(' '))
  return Object.keys(SCOPES).filter((scope) => requested.has(scope))
}
