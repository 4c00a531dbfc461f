import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** A network whose machines say for whom they ask. */
export type ProxyNetwork = { readonly address: string; readonly prefix: number }

/** Where requests come from: the other end of the connection, or, of a proxy that is trusted, whom it says it asks for. */
export class ClientAddresses {
  /** One list for each family: one with both takes an IPv4 address for the IPv6 address that it is mapped to. */
  readonly #proxies = { 4: new BlockList(), 6: new BlockList() }

  constructor(proxies: readonly ProxyNetwork[]) {
    for (const { address, prefix } of proxies) {
      const family = isIP(address) === 4 ? 4 : 6
      this.#proxies[family].addSubnet(address, prefix, `ipv${family}`)
    }
  }

  /** An IPv6 address stands for its /64, all of which one customer has. */
  of(request: IncomingMessage): string {
    let address = plain(request.socket.remoteAddress ?? '')
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
    // Each proxy appends whom it was asked by: from the end, what stands behind the last trusted one is what counts.
    for (const said of forwarded.reverse()) {
      const before = plain(said.trim())
      if (!this.#isProxy(address) || isIP(before) === 0) break
      address = before
    }
    return isIP(address) === 6 ? network64(address) : address
  }

  #isProxy(address: string): boolean {
    const family = isIP(address)
    return (family === 4 || family === 6) && this.#proxies[family].check(address, `ipv${family}`)
  }
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

function network64(address: string): string {
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const all =
    tail === undefined ? groups : [...groups, ...Array(8 - groups.length - behind.length).fill('0'), ...behind]
  return `${all.slice(0, 4).join(':')}::/64`
}
