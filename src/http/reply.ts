// An answer of ours in JSON before it is made: made once, with all its headers, when the request is done.

export class Reply {
  readonly status: number
  /** Its Content-Type. */
  readonly type: string
  readonly body: unknown
  readonly headers: Record<string, string> | undefined

  constructor(status: number, type: string, body: unknown, headers?: Record<string, string>) {
    this.status = status
    this.type = type
    this.body = body
    this.headers = headers
  }
}

export function json(body: unknown, status = 200): Reply {
  return new Reply(status, 'application/json', body)
}
