// The parts of Node's own API that the local upstream and the tools use. The repository is typed for the Workers
// runtime, whose globals clash with those of @types/node; these few declarations keep both in one program.

interface ImportMeta {
  readonly dirname: string
  /** Whether the process was started with this very file. */
  readonly main: boolean
}

declare module 'node:events' {
  export interface EventSource {
    on(event: string, listener: (...values: never[]) => void): this
    once(event: string, listener: (...values: never[]) => void): this
    off(event: string, listener: (...values: never[]) => void): this
  }
  export function once(source: EventSource, event: string): Promise<unknown>
}

declare module 'node:stream' {
  import type { EventSource } from 'node:events'
  export interface Readable extends EventSource, AsyncIterable<Uint8Array> {
    setEncoding(encoding: 'utf8'): this
    unref?(): void
  }
  export const Readable: { from(chunks: Uint8Array[]): Readable }
}

declare module 'node:http' {
  import type { EventSource } from 'node:events'
  import type { Readable } from 'node:stream'

  interface Socket {
    destroy(): void
    destroyed: boolean
    destroy(): void
    remoteAddress?: string
  }
  export type IncomingHttpHeaders = Record<string, string | string[] | undefined> & {
    authorization?: string
    'content-type'?: string
    cookie?: string
    host?: string
    origin?: string
  }
  export interface IncomingMessage extends Readable {
    method: string
    url: string
    headers: IncomingHttpHeaders
    socket: Socket
    resume(): this
  }
  export interface ServerResponse extends EventSource {
    statusCode: number
    statusMessage: string
    socket: Socket | null
    writableEnded: boolean
    writableFinished: boolean
    destroyed: boolean
    destroy(): void
    setHeader(name: string, value: string | number | readonly string[]): this
    removeHeader(name: string): void
    getHeaders(): Record<string, string | number | string[] | undefined>
    writeHead(status: number, headers?: Record<string, string | number | string[] | undefined>): this
    write(chunk: Uint8Array | string): boolean
    end(chunk?: Uint8Array | string): this
  }
  export const ServerResponse: new (request: IncomingMessage) => ServerResponse
  export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void
  export interface Server extends EventSource {
    listen(port: number, host: string): this
    address(): { port: number } | null
    close(done?: () => void): this
    closeAllConnections(): void
    keepAliveTimeout: number
  }
  export function createServer(listener: RequestListener): Server
}

declare module 'node:net' {
  export interface Socket {
    setNoDelay(noDelay: boolean): void
    setEncoding(encoding: 'latin1'): void
    on(event: 'data', listener: (chunk: string) => void): void
    on(event: 'error', listener: (error: Error) => void): void
    once(event: 'connect', listener: () => void): void
    write(text: string): boolean
    destroy(): void
    resetAndDestroy(): void
  }
  export function connect(port: number, host: string): Socket

  import type { EventSource } from 'node:events'
  export interface Server extends EventSource {
    listen(port: number, host: string): this
    address(): { port: number }
    close(done?: () => void): this
  }
  export function createServer(): Server
}

declare module 'node:crypto' {
  interface Hash {
    update(data: string | Uint8Array): Hash
    digest(encoding: 'hex' | 'base64url'): string
  }
  export function createHash(algorithm: 'sha256'): Hash
  export function createHmac(algorithm: 'sha256', key: string): Hash
  export function randomBytes(size: number): { toString(encoding: 'base64url'): string }
  export function generateKeyPair(
    type: 'rsa',
    options: { modulusLength: number },
    done: (
      error: Error | null,
      publicKey: unknown,
      privateKey: { export(options: { format: 'jwk' }): Record<string, unknown> },
    ) => void,
  ): void
}

declare module 'node:child_process' {
  import type { EventSource } from 'node:events'
  import type { Readable } from 'node:stream'
  export interface ChildProcess extends EventSource {
    pid?: number
    exitCode: number | null
    signalCode: string | null
    stdout: Readable
    stderr: Readable
  }
  export function spawn(
    command: string,
    args: string[],
    options: {
      cwd?: string
      env?: Record<string, string | undefined>
      detached?: boolean
      stdio?: ('ignore' | 'pipe')[]
    },
  ): ChildProcess
}

declare module 'node:fs' {
  interface WriteStream {
    write(text: string): boolean
    end(done?: () => void): void
  }
  export function chmodSync(path: string, mode: number): void
  export function createWriteStream(path: string, options?: { mode?: number }): WriteStream
  export function existsSync(path: string): boolean
  export function mkdirSync(path: string, options?: { recursive?: boolean; mode?: number }): void
  export function mkdtempSync(prefix: string): string
  export function readFileSync(path: string, encoding: 'utf8'): string
  export function readdirSync(path: string): string[]
  export function renameSync(from: string, to: string): void
  export function rmSync(path: string, options?: { recursive?: boolean; force?: boolean }): void
  export function statSync(path: string): { mode: number }
  export function writeFileSync(path: string, text: string, options?: { mode?: number }): void
}

declare module 'node:os' {
  export function tmpdir(): string
}

declare module 'node:path' {
  export function dirname(path: string): string
  export function join(...parts: string[]): string
  export function relative(from: string, to: string): string
  export function resolve(...parts: string[]): string
}

declare module 'node:process' {
  const process: {
    argv: string[]
    cwd(): string
    env: Record<string, string | undefined>
    execPath: string
    exit(code?: number): never
    exitCode: number | undefined
    pid: number
    kill(pid: number, signal: string | number): void
    on(event: string, listener: (...values: never[]) => void): void
    once(event: string, listener: (...values: never[]) => void): void
    off(event: string, listener: (...values: never[]) => void): void
    platform: string
    stderr: { write(text: string): boolean }
    stdout: { write(text: string): boolean }
  }
  export default process
}

declare module 'node:timers' {
  interface Timer {
    unref(): Timer
  }
  export function setInterval(run: () => void, ms: number): Timer
  export function clearInterval(timer: Timer): void
  export function setTimeout(run: () => void, ms: number): Timer
  export function clearTimeout(timer: Timer): void
}

declare module 'node:timers/promises' {
  export function setTimeout(ms: number): Promise<void>
}

declare module 'node:util' {
  export function parseEnv(text: string): Record<string, string>
}
