// What a workflow does: asks for a token with its key, calls the service with the token.

export interface TokenAnswer {
  status: number
  body: { access_token?: string; code?: string; reason?: string; reconnect_url?: string }
}

export async function askForToken(publicUrl: string, id: string, key: string): Promise<TokenAnswer> {
  const answer = await fetch(`${publicUrl}/v1/connections/${id}/token`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return { status: answer.status, body: await answer.json() }
}

/** The status of a call to the service itself. */
export async function callService(upstreamOrigin: string, token: string | undefined): Promise<number> {
  const answer = await fetch(`${upstreamOrigin}/api/contacts`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await answer.body?.cancel()
  return answer.status
}
