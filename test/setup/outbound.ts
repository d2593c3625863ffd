// Every request that leaves the Worker under test: loopback passes, any other host fails the call, so that no test
// reaches a real service by accident.

export async function outbound(request: Request): Promise<Response> {
  const { url, method, headers, signal } = request
  const { hostname } = new URL(url)
  if (hostname !== '127.0.0.1' && hostname !== 'localhost') {
    return new Response(`no recorded answer for ${hostname}`, { status: 599 })
  }
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
  return fetch(url, { method, headers: new Headers([...headers]), body, redirect: 'manual', signal })
}
