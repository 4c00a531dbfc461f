import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type CuttingProxy = {
  readonly url: string
  /** Of connections that were opened so far. */
  readonly opened: number
  /** Drops every connection; what is on its way is lost. */
  cut(): void
  close(): Promise<void>
}

/** Passes connections on to a server on this machine, until they are cut. */
export async function openCuttingProxy(to: string): Promise<CuttingProxy> {
  const { hostname: host, port } = new URL(to)
  const sockets = new Set<Socket>()
  let opened = 0
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    // It is closed then.
    socket.on('error', () => {})
  }
  const server = createServer(near => {
    opened += 1
    const far = connect({ host, port: Number(port) })
    keep(near, far)
    keep(far, near)
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get opened() {
      return opened
    },
    cut,
    close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      cut()
      return closed
    },
  }
}
